// An event as one line for the log, with its weight; and which events are alarms.
import type { LogLevel } from '../host/port.ts';
import type { Command, RigChoice } from '../model/command.ts';
import type { Event, Rewiring } from '../model/event.ts';
import { identityWords } from '../model/rig.ts';
import type { Reason, Step } from '../model/step.ts';
import type { UpsIdentity } from '../model/ups.ts';

export function stepWords(step: Step): string {
  if (step.kind === 'limit') return `limit ${step.rig} ${step.watts === null ? 'no more' : `to ${step.watts} W`}`;
  return 'switch' in step ? `${step.kind} ${step.switch} (${step.rigs.join(', ')})` : `${step.kind} ${step.rig}`;
}

interface Words {
  readonly level: LogLevel;
  readonly text: string;
}

/** One line a person understands, and how much it weighs. */
export function eventWords(event: Event): Words {
  switch (event.event) {
    case 'started':
      return { level: rewiringLevel(event), text: [startedWords(event.armed), ...rewiringWords(event)].join('; ') };
    case 'rewired':
      return { level: rewiringLevel(event), text: rewiringWords(event).join('; ') };
    case 'found-fed':
    case 'forgotten':
      return contactWords(event);
    case 'stopped':
      return { level: 'notice', text: `stopped by ${event.signal}; no switch was moved` };
    case 'armed':
    case 'disarmed':
      return { level: 'warning', text: `${event.event} by ${event.from}` };
    case 'outage-began':
    case 'outage-stands':
    case 'outage-ended':
    case 'line':
      return supplyWords(event);
    case 'level':
      return { level: event.to === 'last-stand' ? 'alert' : 'notice', text: `${event.ups}: ${event.from} -> ${event.to}` };
    case 'step-due':
      return { level: 'notice', text: `${event.dryRun ? 'would (disarmed) ' : ''}${stepWords(event.step)}: ${reasonWords(event.because)}` };
    case 'step-settled':
      return settledWords(event);
    case 'phase':
    case 'limit-shown':
    case 'limit-over':
    case 'was-up':
      return seenWords(event);
    case 'ups-known':
      return { level: 'info', text: `${event.ups} is ${knownWords(event.is)}` };
    case 'rig-known':
    case 'rig-barred':
    case 'rig-unbarred':
    case 'rig-benched':
      return machineWords(event);
    case 'returned':
      return { level: 'notice', text: `${event.rig} is back (${event.proof})` };
    case 'command':
      return { level: 'notice', text: askedWords(event) };
    case 'hold-ended':
      return { level: 'notice', text: `${event.rig} is no longer held ${event.as}` };
    case 'blind':
      return { level: 'warning', text: blindWords(event) };
    case 'heard':
      return { level: 'notice', text: `${event.ups} is heard again` };
    case 'believed':
    case 'learned':
    case 'weighed':
      return batteryWords(event);
    case 'fault':
      return { level: 'error', text: event.say };
    case 'fault-cleared':
      return { level: 'notice', text: `${clearedOf(event)}: ${event.code} is over` };
    case 'drilled':
      return { level: 'notice', text: `drill of ${event.rig}: ${event.ok ? 'passed' : 'FAILED'}: ${event.say}` };
    case 'coin':
    case 'panel':
    case 'noted':
      return asideWords(event);
  }
}

function supplyWords(event: Event & { event: 'outage-began' | 'outage-stands' | 'outage-ended' | 'line' }): Words {
  if (event.event === 'outage-began') {
    return { level: 'warning', text: `${event.ups} is ${event.silent ? 'silent, and taken to be ' : ''}on battery` };
  }
  if (event.event === 'outage-stands') return { level: 'alert', text: standsWords(event) };
  if (event.event === 'outage-ended') return { level: 'notice', text: endedWords(event) };
  return { level: 'alert', text: lineWords(event) };
}

function seenWords(event: Event & { event: 'phase' | 'limit-shown' | 'limit-over' | 'was-up' }): Words {
  if (event.event === 'phase')
    return { level: 'info', text: `${event.rig}: ${event.from} -> ${event.to}${event.proof ? ` (${event.proof})` : ''}` };
  if (event.event === 'was-up')
    return { level: 'info', text: `${event.rig} first answered after it was asked to stop, hashing: it is owed its return` };
  return event.event === 'limit-shown'
    ? { level: 'info', text: `${event.rig} makes do with ${event.watts} W: it draws ${event.drawnWatts} W` }
    : { level: 'notice', text: `${event.rig} is limited no more, by its own word` };
}

function contactWords({ event, switch: id }: Event & { event: 'found-fed' | 'forgotten' }): Words {
  return event === 'found-fed'
    ? { level: 'notice', text: `switch ${id} is fed, though no step of ours is known to have closed it` }
    : { level: 'notice', text: `switch ${id} as it was cut is forgotten: a person released it` };
}

function machineWords(event: Event & { event: 'rig-known' | 'rig-barred' | 'rig-unbarred' | 'rig-benched' }): Words {
  if (event.event === 'rig-benched') {
    return event.changed.length === 0
      ? { level: 'notice', text: `the driver of ${event.rig} may give it orders again` }
      : { level: 'warning', text: `the driver of ${event.rig} is benched: its ${event.changed.join(', ')} changed over an order of ours` };
  }
  if (event.event === 'rig-unbarred') return { level: 'notice', text: `${event.rig} answers as itself again` };
  const machine = identityWords(event.is);
  return event.event === 'rig-known'
    ? { level: 'info', text: `${event.rig} is the machine ${machine}` }
    : { level: 'warning', text: `${event.rig} is given no order: ${machine} answers in its place` };
}

function asideWords(event: Event & { event: 'coin' | 'panel' | 'noted' }): { readonly level: LogLevel; readonly text: string } {
  if (event.event === 'noted') return { level: 'warning', text: event.say };
  if (event.event === 'panel') return { level: 'info', text: `the panel shows ${event.shows}` };
  return { level: 'info', text: `${event.coin} earns ${event.perDay} a day for ${event.hashRate} H/s, by its source` };
}

const startedWords = (armed: boolean): string =>
  `started, ${armed ? 'armed' : 'DISARMED: it decides and journals, and does nothing by itself'}`;

const rewiringLevel = ({ orphaned }: Rewiring): LogLevel => (orphaned === undefined ? 'notice' : 'warning');

/** What the file has otherwise of contacts than it was. */
function rewiringWords({ orphaned = [], rewired = [], regained = [] }: Rewiring): readonly string[] {
  return [
    ...orphaned.map(orphanWords),
    ...rewired.map((id) => `switch ${id} is another contact than before: nothing is known of it`),
    ...regained.map((one) => `switch ${one.switch} is in the file again as it was cut`),
  ];
}

function orphanWords({ switch: id, wiring, rigs }: NonNullable<Rewiring['orphaned']>[number]): string {
  const named = wiring === undefined ? '' : ` (${wiring})`;
  const behind = rigs.length === 0 ? '' : ` with ${rigs.join(', ')} behind it`;
  return `switch ${id}${named} was cut${behind}, the file has that contact no more, and nobody closes it; see: lastwatt status`;
}

/** `runtime-below-threshold (runtimeSeconds 290, shedBelowSeconds 590)` */
function reasonWords({ rule, facts }: Reason): string {
  const said = Object.entries(facts).map(([key, value]) => `${key} ${value}`);
  return said.length === 0 ? rule : `${rule} (${said.join(', ')})`;
}

/** `down s19-1, s19-2 for 7200 s` */
function commandWords(command: Command): string {
  switch (command.kind) {
    case 'hold':
      return `${command.as} ${rigsWords(command.rigs)}${command.forSeconds === undefined ? '' : ` for ${command.forSeconds} s`}${command.now ? ' now' : ''}`;
    case 'release':
      return `release ${rigsWords(command.rigs)}`;
    case 'drill':
      return `drill ${command.rig}${command.cut ? ' with its switches' : ''}`;
    case 'new-battery':
      return `new-battery ${command.ups}`;
    default:
      return command.kind;
  }
}

const rigsWords = (rigs: RigChoice): string => (rigs === 'all' ? 'every rig' : rigs.join(', '));

function blindWords({ ups, silentSeconds, last, why }: Event & { event: 'blind' }): string {
  return `${ups} has been silent for ${silentSeconds} s, its last word was ${last}${why === undefined ? '' : `: ${why}`}`;
}

const clearedOf = ({ rig, switch: contact, ups, board, input, coin }: Event & { event: 'fault-cleared' }): string =>
  rig ?? contact ?? ups ?? board ?? input ?? coin ?? '';

function batteryWords(event: Event & { event: 'believed' | 'learned' | 'weighed' }): { readonly level: LogLevel; readonly text: string } {
  if (event.event === 'learned') return { level: 'info', text: learnedWords(event) };
  if (event.event === 'weighed') return { level: 'info', text: weighedWords(event) };
  return { level: 'debug', text: `${event.ups}: battery ${Math.round((1 - event.depth) * 100)} % full, by ${event.from}` };
}

function weighedWords({ ups, from, rejected }: Event & { event: 'weighed' }): string {
  const refused = rejected.map(({ figure, found, why }) => `${figure} "${found}" is not: ${why}`);
  return `${ups}: ${[`its battery is believed by ${from ?? 'nothing'}`, ...refused].join('; ')}`;
}

function learnedWords({ ups, watts, seconds, depth, by }: Event & { event: 'learned' }): string {
  const told = by === 'low-battery' ? 'until its word of low battery' : 'by its charge';
  return `${ups}: ${watts} W for ${seconds} s took ${Math.round(100 * depth)} % of its battery, ${told}`;
}

const knownWords = ({ serial, model }: UpsIdentity): string =>
  [model, serial === undefined ? undefined : `serial ${serial}`].filter((word) => word !== undefined).join(', ');

function standsWords({ ups, seconds, runtimeSeconds, silent }: Event & { event: 'outage-stands' }): string {
  const left = runtimeSeconds === null ? 'how long its battery lasts is not known' : `its battery is believed to last ${runtimeSeconds} s`;
  const since = `${Math.round(seconds)} s`;
  return silent
    ? `${ups} is silent, and has been taken to be on battery for ${since}: ${left}`
    : `${ups} has been on battery for ${since}: ${left}`;
}

function endedWords(event: Event & { event: 'outage-ended' }): string {
  return `${event.ups} is on mains again${event.seconds === null ? '' : ` after ${event.seconds} s`}${event.blip ? ', a blip' : ''}`;
}

function settledWords(event: Event & { event: 'step-settled' }): Words {
  const what = stepWords(event.step);
  if (event.ok) return { level: 'info', text: `${what}: done in ${event.tookMs} ms` };
  return { level: 'warning', text: `${what}: ${event.fault?.detail ?? 'failed'}` };
}

/** Whether a person is to be woken. */
export function isAlarm(event: Event): boolean {
  return (
    event.event === 'fault' ||
    event.event === 'fault-cleared' ||
    event.event === 'blind' ||
    event.event === 'heard' ||
    event.event === 'level' ||
    event.event === 'line' ||
    event.event === 'outage-stands' ||
    (event.event === 'outage-ended' && !event.blip) ||
    // A contact that stays open, and nobody closes it.
    ((event.event === 'started' || event.event === 'rewired') && event.orphaned !== undefined)
  );
}

function lineWords({ ups, from, to, generator }: Event & { event: 'line' }): string {
  if (to === 'generator') return `${ups} is carried by the generator ${generator ?? ''}: only rigs within its watts run`;
  if (from === 'unknown') return `whose power ${ups} takes is known again: ${to}`;
  return `${ups} is carried by ${from} no more; its line: ${to}`;
}

function askedWords({ from, actor, command }: Event & { event: 'command' }): string {
  return `${from}${actor === undefined ? '' : ` (${actor})`} asks: ${commandWords(command)}`;
}
