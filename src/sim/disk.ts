// A disk that forgets what was not synced. It stands where the journal's folder stands; it can fill up, refuse, stall,
// lose power before any one operation, and it knows in which ways a real card comes back afterwards.
import type { Chance } from './chance.ts';

/** What is found after power was lost: of what was not synced nothing, all, the first part, that with a torn end, or any of it. */
export const AFTERMATHS = ['nothing', 'all', 'prefix', 'torn', 'reordered'] as const;
export type Aftermath = (typeof AFTERMATHS)[number];

export type DiskOperation = 'read' | 'open' | 'write' | 'sync' | 'truncate' | 'rename' | 'remove' | 'sync-folder';

type DataChange = { readonly at: number; readonly bytes: Uint8Array } | { readonly size: number };
type NameChange = { readonly remove?: string; readonly set?: { readonly name: string; readonly content: Content } };

interface Content {
  /** on the card */
  durable: Uint8Array;
  /** what a read gives now */
  cached: Uint8Array;
  unsynced: DataChange[];
}

/** An open file of a `SimDisk`; rejects as the system would, with a `code`. */
export interface SimFile {
  write(bytes: Uint8Array, at: number): Promise<void>;
  sync(): Promise<void>;
  truncate(size: number): Promise<void>;
  close(): Promise<void>;
}

/** One folder of files. A rejection carries the system's `code`, as ENOSPC. */
export class SimDisk {
  /** bytes that all files together may hold */
  capacityBytes = Number.POSITIVE_INFINITY;
  /** Names the code with which an operation is refused; undefined lets it pass. */
  refuses: (operation: DiskOperation, name: string) => string | undefined = () => undefined;
  /** operations begun that change or sync something */
  operations = 0;
  /** those of them that synced a file */
  syncs = 0;
  /** resolves when power was lost */
  readonly dark: Promise<void>;
  #goDark: () => void = () => undefined;
  #darkAt = Number.POSITIVE_INFINITY;
  #stalled: Promise<void> | undefined;
  #names = new Map<string, Content>();
  #durableNames = new Map<string, Content>();
  #nameChanges: NameChange[] = [];

  constructor() {
    this.dark = new Promise((resolve) => {
      this.#goDark = resolve;
    });
  }

  /** Power is lost in the operation of this number, counted from 1: it and all later ones never end. */
  losePowerIn(operation: number): void {
    this.#darkAt = operation;
  }

  /** Syncs wait until the returned function is called. */
  stallSyncs(): () => void {
    let release: () => void = () => undefined;
    this.#stalled = new Promise((resolve) => {
      release = () => {
        this.#stalled = undefined;
        resolve();
      };
    });
    return release;
  }

  async list(): Promise<readonly string[]> {
    return [...this.#names.keys()];
  }

  async read(name: string): Promise<Uint8Array> {
    this.#refuseIfAsked('read', name);
    return this.#contentOf(name).cached.slice();
  }

  async open(name: string): Promise<SimFile> {
    await this.#begin('open', name);
    let content = this.#names.get(name);
    if (content === undefined) {
      content = { durable: new Uint8Array(), cached: new Uint8Array(), unsynced: [] };
      this.#change({ set: { name, content } });
    }
    return this.#fileOf(name, content);
  }

  async rename(from: string, to: string): Promise<void> {
    const change = { remove: from, set: { name: to, content: this.#contentOf(from) } };
    await this.#begin('rename', from, () => this.#change(change));
  }

  async remove(name: string): Promise<void> {
    await this.#begin('remove', name, () => this.#change({ remove: name }));
  }

  async syncFolder(): Promise<void> {
    await this.#begin('sync-folder', '.');
    this.#durableNames = new Map(this.#names);
    this.#nameChanges = [];
  }

  /** The disk as it is found when power is back; this one stays as it is. */
  afterPowerLoss(aftermath: Aftermath, chance: Chance): SimDisk {
    const found = new SimDisk();
    const names = new Map(this.#durableNames);
    for (const change of survivors(this.#nameChanges, aftermath, chance)) applyName(names, change);
    for (const [name, content] of names) found.#put(name, contentAfter(content, aftermath, chance));
    return found;
  }

  /** The bytes of a file, changed behind everybody's back and durably. */
  tamper(name: string, change: (bytes: Uint8Array) => Uint8Array): void {
    this.#put(name, change(this.#names.get(name)?.cached.slice() ?? new Uint8Array()));
  }

  #put(name: string, bytes: Uint8Array): void {
    const content: Content = { durable: bytes, cached: bytes, unsynced: [] };
    this.#names.set(name, content);
    this.#durableNames.set(name, content);
  }

  #change(change: NameChange): void {
    this.#nameChanges.push(change);
    applyName(this.#names, change);
  }

  #contentOf(name: string): Content {
    const content = this.#names.get(name);
    if (content === undefined) throw diskError('ENOENT', name);
    return content;
  }

  #fileOf(name: string, content: Content): SimFile {
    return {
      write: async (bytes, at) => {
        const room = this.capacityBytes - this.#bytesUsed() + Math.max(0, content.cached.length - at);
        const fits = bytes.slice(0, Math.max(0, room));
        await this.#begin('write', name, () => changeData(content, { at, bytes: fits }));
        if (fits.length < bytes.length) throw diskError('ENOSPC', name);
      },
      truncate: (size) => this.#begin('truncate', name, () => changeData(content, { size })),
      sync: async () => {
        this.syncs += 1;
        await this.#stalled;
        try {
          await this.#begin('sync', name);
        } catch (error) {
          // As Linux does: what could not be written is called clean, and no later sync tries it again.
          content.unsynced = [];
          throw error;
        }
        for (const change of content.unsynced) content.durable = changed(content.durable, change);
        content.unsynced = [];
      },
      close: async () => undefined,
    };
  }

  #bytesUsed(): number {
    return [...this.#names.values()].reduce((sum, content) => sum + content.cached.length, 0);
  }

  /** What the operation changes is in the cache when power goes: it may reach the card or not. */
  async #begin(operation: DiskOperation, name: string, act: () => void = () => undefined): Promise<void> {
    if (this.operations >= this.#darkAt) return never();
    this.#refuseIfAsked(operation, name);
    this.operations += 1;
    act();
    if (this.operations >= this.#darkAt) {
      this.#goDark();
      return never();
    }
    // Real operations end in a later turn of the event loop.
    await Promise.resolve();
  }

  #refuseIfAsked(operation: DiskOperation, name: string): void {
    const code = this.refuses(operation, name);
    if (code !== undefined) throw diskError(code, name);
  }
}

function changeData(content: Content, change: DataChange): void {
  content.unsynced.push(change);
  content.cached = changed(content.cached, change);
}

function changed(bytes: Uint8Array, change: DataChange): Uint8Array {
  if ('size' in change) {
    const cut = new Uint8Array(change.size);
    cut.set(bytes.subarray(0, change.size));
    return cut;
  }
  const grown = new Uint8Array(Math.max(bytes.length, change.at + change.bytes.length));
  grown.set(bytes);
  grown.set(change.bytes, change.at);
  return grown;
}

function applyName(names: Map<string, Content>, change: NameChange): void {
  if (change.remove !== undefined) names.delete(change.remove);
  if (change.set !== undefined) names.set(change.set.name, change.set.content);
}

function contentAfter(content: Content, aftermath: Aftermath, chance: Chance): Uint8Array {
  const survived = survivors(content.unsynced, aftermath, chance);
  const last = survived.at(-1);
  if (aftermath === 'torn' && last !== undefined && 'bytes' in last) {
    survived[survived.length - 1] = { at: last.at, bytes: torn(last.bytes, chance) };
  }
  return survived.reduce(changed, content.durable);
}

/** The first part of a write; the rest missing, or there in length and never written. */
function torn(bytes: Uint8Array, chance: Chance): Uint8Array {
  const kept = chance.below(bytes.length + 1);
  if (chance.happens(0.5)) return bytes.slice(0, kept);
  return changed(new Uint8Array(bytes.length), { at: 0, bytes: bytes.slice(0, kept) });
}

function survivors<T>(changes: readonly T[], aftermath: Aftermath, chance: Chance): T[] {
  if (aftermath === 'nothing') return [];
  if (aftermath === 'all') return [...changes];
  if (aftermath === 'reordered') return changes.filter(() => chance.happens(0.5));
  return changes.slice(0, chance.below(changes.length + 1));
}

function never(): Promise<void> {
  return new Promise(() => undefined);
}

function diskError(code: string, name: string): Error {
  return Object.assign(new Error(`${code}: ${name}`), { code });
}
