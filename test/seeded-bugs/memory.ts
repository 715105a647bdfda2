// Bugs in what is remembered: memory, the journal on the card, and the way back from it.
import type { Bug } from './bug.ts';

export const MEMORY_BUGS: readonly Bug[] = [
  {
    name: 'memory-relapses-stay-at-one',
    file: 'core/remember.ts',
    edits: [['now - supply.endedAtMs < FOLLOWS_WITHIN_MS ? supply.relapses + 1 : 0', 'now - supply.endedAtMs < FOLLOWS_WITHIN_MS ? 0 : 1']],
    harm: 'a grid that comes and goes has the rigs start and stop all night',
  },
  {
    name: 'memory-was-never-up',
    file: 'core/remember.ts',
    edits: [['wasUp: event.wasUp?.includes(rig) ?? false,', 'wasUp: false,']],
    harm: 'rigs that were shed are fed again and never woken',
  },
  {
    name: 'memory-hold-in-milliseconds',
    file: 'core/remember.ts',
    edits: [['? command.forSeconds * 1000 : command.as', '? command.forSeconds * 100 : command.as']],
    harm: 'a hold for an hour ends after six minutes, perhaps with hands in the rig',
  },
  {
    name: 'fold-hold-never-ends',
    file: 'core/fold.ts',
    edits: [['if (tick.nowMs >= hold.untilMs)', 'if (tick.nowMs >= hold.untilMs + 3_600_000)']],
    harm: 'a rig that was to be down for a minute stays down',
  },
  {
    name: 'memory-release-keeps-hold',
    file: 'core/remember.ts',
    edits: [
      [
        'withRig(memory, id, ({ hold: _, fault: __, ...rest }) => released(unwished(begunAnew(handedBack(rest)))));',
        'withRig(memory, id, ({ fault: __, ...rest }) => released(unwished(begunAnew(handedBack(rest)))));',
      ],
    ],
    harm: 'a rig that was released stays held',
  },
  {
    name: 'memory-outage-end-is-forgotten',
    file: 'core/remember.ts',
    edits: [[' endedAtMs: now,', '']],
    harm: 'rigs start in the second in which the mains come back',
  },
  {
    name: 'memory-grid-owes-nothing',
    file: 'core/remember.ts',
    edits: [['return owing(allBegunAnew(memory, event.anew), event.up, now);', 'return allBegunAnew(memory, event.anew);']],
    harm: 'rigs on mains alone come back all in one moment with the grid',
    hidden: {
      by: 'no judge of the nights asks that the contact of a rig on mains alone is open when the grid is back',
      test: 'unit/core-memory.test.ts',
    },
  },
  {
    name: 'memory-asked-is-answered',
    file: 'core/progress.ts',
    edits: [['grace: { fromMs, orders, carriedOut: false }', 'grace: { fromMs, orders, carriedOut: true }']],
    harm: 'after a crash a rig is cut that was never asked',
    hidden: {
      by: 'a service that died between the record and the order asks again at once, and most rigs obey within what is left of their grace',
      test: 'unit/core-progress.test.ts',
    },
  },
  {
    name: 'memory-rest-from-the-order',
    file: 'core/remember.ts',
    edits: [['{ ...tried, done: true, sinceMs: now }', '{ ...tried, done: true }']],
    harm: 'a slow contact closes before it has rested',
  },
  {
    name: 'memory-moves-forgotten',
    file: 'core/remember.ts',
    edits: [['[...movedAtMs.filter((at) => now - at < HOUR_MS), now].slice(-32)', '[now]']],
    harm: 'a flapping grid wears the contacts out',
  },
  {
    name: 'memory-disarmed-is-armed',
    file: 'core/remember.ts',
    edits: [['{ ...allBegunAnew(memory), armed: false }', '{ ...allBegunAnew(memory), armed: true }']],
    harm: 'lastwatt acts though it was disarmed',
  },
  {
    name: 'memory-forgets-who-was-up',
    file: 'core/remember.ts',
    edits: [["const up = event.to === 'hashing' ? true : event.to === 'paused'", "const up = event.to === 'paused'"]],
    harm: 'after a crash a rig is paused before it was seen, and nobody wakes it',
  },
  {
    name: 'memory-dry-run-is-real',
    file: 'core/remember.ts',
    edits: [['return event.dryRun ? memory : rememberStep(memory, event, now);', 'return rememberStep(memory, event, now);']],
    harm: 'what was only rehearsed while disarmed is taken as done',
    hidden: {
      by: 'a rig that is seen to hash is owed nothing, and a contact counts as moved once its step has settled, which a rehearsed one never does',
      test: 'unit/core-memory.test.ts',
    },
  },
  {
    name: 'memory-no-boot-shift',
    file: 'core/another-boot.ts',
    edits: [['const byMs = nowMs - (memory.lastMs ?? nowMs);', 'const byMs = 0;']],
    harm: 'after a reboot holds and rests count on from another zero of time',
  },
  {
    name: 'memory-boot-keeps-contacts',
    file: 'core/another-boot.ts',
    edits: [['    done: false,\n    sinceMs: at(one.sinceMs),', '    done: one.done,\n    sinceMs: at(one.sinceMs),']],
    harm: 'after a reboot a contact that fell closed is believed open',
  },
  {
    name: 'memory-boot-forgets-the-hold',
    file: 'core/another-boot.ts',
    edits: [
      ['    rebootedAtMs: nowMs,\n', ''],
      [
        '...(one.endedAtMs === undefined ? {} : { endedAtMs: nowMs }),',
        '...(one.endedAtMs === undefined ? {} : { endedAtMs: undefined }),',
      ],
    ],
    harm: 'a Pi that boots after an outage starts everything at once',
  },
  {
    name: 'snapshot-without-switches',
    file: 'core/snapshot.ts',
    edits: [['switches: [...memory.switches],', 'switches: [],']],
    harm: 'with the next full file of the journal it is forgotten which contacts are open',
  },
  {
    name: 'snapshot-without-armed',
    file: 'core/snapshot.ts',
    edits: [['armed: memory.armed ?? null,', 'armed: null,']],
    harm: 'with the next full file of the journal a disarmed lastwatt is armed again',
  },
  {
    name: 'snapshot-without-boot',
    file: 'core/snapshot.ts',
    edits: [['bootId: memory.bootId ?? null,', 'bootId: null,']],
    harm: 'with the next full file of the journal a reboot goes unnoticed',
  },
  {
    name: 'snapshot-without-rigs',
    file: 'core/snapshot.ts',
    edits: [['rigs: [...memory.rigs],', 'rigs: [...memory.rigs].filter(([, { hold }]) => hold !== undefined),']],
    harm: 'with the next full file of the journal it is forgotten who is owed a return',
  },
  {
    name: 'snapshot-passed-over',
    file: 'host/journal-read.ts',
    edits: [['return from < 0 ? records : records.slice(from);', 'return from < 0 ? records : records.slice(from + 1);']],
    harm: 'what must survive is read past at the start',
  },
  {
    name: 'snapshot-before-the-last',
    file: 'engine/recall.ts',
    edits: [
      [
        "if (record.event === 'memory') memory = fromSnapshot(record);",
        "if (record.event === 'memory' && memory.rigs.size === 0) memory = fromSnapshot(record);\n      else if (record.event === 'memory') continue;",
      ],
    ],
    harm: 'of two memories the older one is believed',
    hidden: {
      by: 'the records between two memories tell the same, but for what a card lost between them',
      test: 'unit/engine-recall.test.ts',
    },
  },
  {
    name: 'fallen-are-forgotten',
    file: 'core/fallen.ts',
    edits: [['return restsOpen && wasUp;', 'return restsOpen && wasUp && !rig.can.read;']],
    harm: 'after a reboot rigs stay dark behind contacts that fell open',
  },
  {
    name: 'journal-counts-what-it-read',
    file: 'host/journal-file.ts',
    edits: [['this.#lastSeq = read.records.at(-1)?.seq ?? 0;', 'this.#lastSeq = read.records.length;']],
    harm: 'records get numbers that stand in the journal already',
  },
  {
    name: 'journal-durable-at-once',
    file: 'host/journal-file.ts',
    edits: [
      ['if (Math.min(seq, this.#lastSeq) <= this.#safeSeq) return', 'if (Math.min(seq, this.#lastSeq) <= this.#safeSeq + 1_000) return'],
    ],
    harm: 'what is done before a power cut is not known after it',
  },
  {
    name: 'journal-drops-what-failed',
    file: 'host/journal-file.ts',
    edits: [['this.#waiting.unshift(...batch);', 'this.#waiting.unshift(...batch.slice(1));']],
    harm: 'a card that refuses once has a hole in its journal',
  },
  {
    name: 'journal-sync-left-out',
    file: 'host/journal-disk.ts',
    edits: [
      ['await this.#handle.write(bytes, this.#size);\n    await this.#handle.sync();', 'await this.#handle.write(bytes, this.#size);'],
    ],
    harm: 'nothing of the outage is on the card after a power cut',
  },
  {
    name: 'journal-folder-never-synced',
    file: 'host/journal-disk.ts',
    edits: [['if (this.#mustSyncFolder) await this.#files.syncFolder();', '']],
    harm: 'after a power cut the first file of the journal has no name, and all is forgotten',
  },
  {
    name: 'journal-next-file-unsynced',
    file: 'host/journal-disk.ts',
    edits: [['await next.write(bytes, 0);\n      await next.sync();', 'await next.write(bytes, 0);']],
    harm: 'a power cut after a full file leaves an empty journal',
  },
  {
    name: 'journal-next-file-unnamed',
    file: 'host/journal-disk.ts',
    edits: [
      ['await this.#files.rename(NEXT, CURRENT);\n      await this.#files.syncFolder();', 'await this.#files.rename(NEXT, CURRENT);'],
    ],
    harm: 'a power cut after a full file takes back what was acknowledged since',
  },
  {
    name: 'journal-torn-tail-stays',
    file: 'host/journal-disk.ts',
    edits: [['this.#size = current?.size ?? 0;', 'this.#size = (current?.size ?? 0) + (current?.cutBytes ?? 0);']],
    harm: 'the first record after a power cut is written behind half a line, and lost with it',
    hidden: {
      by: 'the first record of each life is a memory that the life before it had told already',
      test: 'unit/journal-file.test.ts',
    },
  },
  {
    name: 'journal-writes-over',
    file: 'host/journal-disk.ts',
    edits: [['this.#size += bytes.length;', 'this.#size += lines.reduce((sum, line) => sum + line.text.trim().length, 0);']],
    harm: 'each write takes the end of the one before',
  },
  {
    name: 'checksum-without-zeros',
    file: 'wire/journal-record.ts',
    edits: [["return crc.toString(16).padStart(8, '0');", 'return crc.toString(16);']],
    harm: 'one record in sixteen is not believed when it is read back',
  },
  {
    name: 'checksum-not-looked-at',
    file: 'wire/journal-record.ts',
    edits: [['if (sum !== hex(crc32c(UTF8.encode(body)))) return', "if (sum === '') return"]],
    harm: 'a damaged record is believed',
    hidden: {
      by: 'the card of the nights tears the end of a file, where half a record is none by its form already, and turns no bits',
      test: 'unit/journal-record.test.ts',
    },
  },
];
