// Avalons to drive in tests: a simulated one on which time goes by second by second, and one that gives set answers.
import { type AvalonFake, type AvalonFakeOptions, startAvalonFake } from '../../src/fakes/avalon-rig.ts';
import { serve4028 } from '../../src/fakes/server-4028.ts';
import type { RigReading } from '../../src/model/rig.ts';
import { avalon } from '../../src/rigs/avalon.ts';
import type { RigDriver } from '../../src/rigs/port.ts';
import type { SimRigTraits } from '../../src/sim/rig.ts';
import { decodeRequest4028 } from '../../src/wire/serve-4028.ts';
import { type TcpBench, tcpBench } from '../contract/rig-bench.ts';
import { rigKit, within } from '../contract/rig-driver.ts';

type Open = <T extends { close(): Promise<void> }>(one: T) => T;

/** Time goes by second by second, so that what is due is done when it is. */
export async function avalonBench(
  open: Open,
  options: Partial<AvalonFakeOptions> = {},
  traits: Partial<SimRigTraits> = {},
): Promise<TcpBench<AvalonFake>> {
  const all = { id: 'rig-1', hashRate: 90e12, watts: 1674, pausedWatts: 146, ...traits };
  const made = open(await tcpBench(avalon, all, (rig, nowMs) => startAvalonFake({ rig, nowMs, ...options })));
  const pass = (seconds: number): void => {
    for (let gone = 0; gone < seconds; gone++) {
      made.pass(1);
      made.fake.settle();
    }
  };
  return { ...made, pass };
}

export async function readingOf(driver: RigDriver): Promise<RigReading> {
  const reading = await driver.read?.(within());
  if (!reading?.ok) throw new Error(reading?.fault.detail ?? 'it cannot be read');
  return reading.value;
}

/** An Avalon that gives these answers, by command, and by the word of an order; what it was asked comes with it. */
export async function avalonAnswering(
  open: Open,
  answers: Readonly<Record<string, string | (() => string)>>,
  nowMs?: () => number,
): Promise<{ readonly driver: RigDriver; readonly asked: readonly string[] }> {
  const asked: string[] = [];
  const reply = (text: string): string => {
    const request = decodeRequest4028(text);
    if (!('command' in request)) return '{"STATUS":[{"STATUS":"E","Code":23}]}\0';
    const name = request.command === 'ascset' ? request.parameters[1] : request.command;
    asked.push([request.command, ...request.parameters].join(' '));
    const answer = answers[name ?? ''] ?? '{"STATUS":[{"STATUS":"E","Code":14,"Msg":"Invalid command"}]}';
    const words = typeof answer === 'string' ? answer : answer();
    return words === '' ? '' : `${words}\0`;
  };
  const { port } = open(await serve4028({ answers: () => true, delaySeconds: () => 0, reply }));
  const kit = { ...rigKit(), ...(nowMs !== undefined && { nowMs }) };
  return { driver: open(avalon.open({ host: '127.0.0.1', port }, kit)), asked };
}

/** An answer to `litestats` that holds these fields. */
export function stats(fields: string, when = 1_755_000_000): string {
  return `{"STATUS":[{"STATUS":"S","When":${when},"Code":70,"Msg":"x"}],"STATS":[{"MM ID0:Summary":"'STATS':{${fields}}"}],"id":1}`;
}

/** An answer without more. */
export function said(letter: string, code: number, message: string, when = 1_755_000_000): string {
  return `{"STATUS":[{"STATUS":"${letter}","When":${when},"Code":${code},"Msg":"${message}"}],"id":1}`;
}
