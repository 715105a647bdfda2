// The part of node-nut 1.0.3 that is used. Its typed methods are left out on purpose: they share variables between instances,
// call back twice and throw on one odd row. Two fields that it does not document are ours to set.
declare module 'node-nut' {
  import type { EventEmitter } from 'node:events';
  import type { Socket } from 'node:net';

  class Nut extends EventEmitter {
    constructor(port: number, address: string);
    /** Connects. `ready`, `error` and `close` follow as events. A second call leaks the first socket. */
    start(): void;
    /** Calls `onText` with every piece of text that ends with a line end, until `parseFunc` is replaced. */
    send(line: string, onText: (text: string) => void): void;
    status: 'idle' | 'waiting';
    parseFunc: ((text: string) => void) | undefined;
    dataInBuff: string;
    _client: Socket;
  }
  export = Nut;
}
