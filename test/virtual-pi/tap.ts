// Lines that a person reads and a program counts: ok, not ok, and what was measured.

let passed = 0;
let failures = 0;

export function remark(text: string): void {
  for (const line of text.split('\n')) process.stdout.write(`# ${line}\n`);
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** One sentence about the world; what `prove` throws makes it false. Later ones are tried all the same. */
export async function holds(sentence: string, prove: () => Promise<void> | void, withinSeconds = 120): Promise<boolean> {
  const sinceMs = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end of it within ${withinSeconds} s`)), withinSeconds * 1000);
  });
  try {
    await Promise.race([Promise.resolve().then(prove), late]);
    passed += 1;
    process.stdout.write(`ok ${passed + failures} - ${sentence} (${seconds(performance.now() - sinceMs)})\n`);
    return true;
  } catch (error) {
    failures += 1;
    process.stdout.write(`not ok ${passed + failures} - ${sentence} (${seconds(performance.now() - sinceMs)})\n`);
    remark(error instanceof Error ? placed(error) : String(error));
    return false;
  } finally {
    clearTimeout(timer);
  }
}

/** What was thrown, and which line of a scenario threw it. */
function placed(error: Error): string {
  const at = error.stack?.split('\n').find((line) => line.includes('/scenarios/') && /\.ts:\d+/.test(line));
  return at === undefined ? (error.stack ?? error.message) : `${error.message}\n${at.trim()}`;
}

export function nothing(found: readonly unknown[], what: string): void {
  if (found.length > 0) throw new Error(`${what}: ${found.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join('; ')}`);
}

export function same(found: unknown, wanted: unknown, what: string): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (a !== b) throw new Error(`${what}: found ${a}, not ${b}`);
}

/** The last line, and the exit code. */
export function sum(): number {
  process.stdout.write(`${passed} passed, ${failures} failed\n`);
  return failures === 0 ? 0 : 1;
}
