// What stands in for ssh before a rig that is played: no client of a real protocol, but a small program that takes the same arguments,
// hands them to a port of 127.0.0.1 and to nowhere else, and ends as the client would have ended.
import { objectOf, parsed } from '../wire/json.ts';

/** What a client was started with. */
export interface StandInCall {
  /** the line for the rig's shell */
  readonly line: string;
  readonly username: string;
  /** as its file holds it; empty where that can't be read */
  readonly key: string;
}

/** How it ends. */
export interface StandInEnd {
  readonly output: string;
  readonly complaint: string;
  readonly code: number;
}

/** Without a single quote in it, for it stands between two in a script of sh. Its port is that of the rig in the configuration. */
const CLIENT = `
const args = process.argv.slice(1);
const after = (word) => args[args.indexOf(word) + 1] ?? "";
const file = args.map((arg) => (/^IdentityFile="(.*)"$/.exec(arg) ?? [])[1]).find((name) => name !== undefined);
let key = "";
try { key = require("node:fs").readFileSync(file, "utf8"); } catch {}
const end = (code, complaint, output) => {
  if (output) process.stdout.write(output);
  if (complaint) process.stderr.write(complaint + "\\n");
  process.exitCode = code;
};
const port = Number(after("-p"));
const socket = require("node:net").connect(port, "127.0.0.1");
let said = "";
let over = false;
socket.setEncoding("utf8").on("data", (text) => { said += text; });
socket.on("error", (error) => {
  if (over) return;
  over = true;
  const why = error.code === "ECONNREFUSED" ? "Connection refused" : "Connection reset by peer";
  end(255, "ssh: connect to host 127.0.0.1 port " + port + ": " + why);
});
socket.on("end", () => {
  if (over) return;
  over = true;
  try { const { code, complaint, output } = JSON.parse(said); end(code, complaint, output); }
  catch { end(255, "Connection to 127.0.0.1 closed by remote host."); }
});
socket.write(JSON.stringify({ line: args.at(-1), username: after("-l"), key }) + "\\n");
`;

const HEAD = '# Stands in for ssh before the rig that lastwatt fake-rig ssh-host plays; it leads to 127.0.0.1 alone.';

/** Whether a file holds this program, of whichever version. */
export function isStandIn(text: string): boolean {
  return text.startsWith(`#!/bin/sh\n${HEAD}\n`);
}

/** The program as a script of sh, for this Node. */
export function standInFor(node: string): string {
  return `#!/bin/sh\n${HEAD}\nexec '${node}' -e '${CLIENT}' -- "$@"\n`;
}

/** Undefined where it is no whole call. */
export function callIn(text: string): StandInCall | undefined {
  const call = objectOf(parsed(text));
  const [line, username, key] = ['line', 'username', 'key'].map((name) => call?.get(name));
  return typeof line === 'string' && typeof username === 'string' && typeof key === 'string' ? { line, username, key } : undefined;
}
