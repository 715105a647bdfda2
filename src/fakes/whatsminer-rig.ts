// A simulated rig with the mouths of a Whatsminer on sockets of 127.0.0.1: API 2, one connection at a time, and API 3, in frames
// over connections that stay open. Its fakes share one box, as the real APIs do.
import { createServer, type Socket } from 'node:net';
import type { SimRig } from '../sim/rig.ts';
import { frameIn, frameOf } from '../wire/whatsminer-v3.ts';
import { listen } from './listen.ts';
import { type Server4028, serve4028 } from './server-4028.ts';
import { WhatsminerBox, type WhatsminerBoxOptions } from './whatsminer-box.ts';
import { type WhatsminerV2Habits, WhatsminerV2Mouth } from './whatsminer-v2-mouth.ts';
import { type WhatsminerV3Habits, WhatsminerV3Mouth } from './whatsminer-v3-mouth.ts';

export interface WhatsminerFakeOptions extends WhatsminerBoxOptions {
  /** which of its APIs it has. Default both, as its newer firmware. */
  readonly has?: 'v2' | 'v3' | 'both';
  readonly v2?: WhatsminerV2Habits;
  readonly v3?: WhatsminerV3Habits;
  /** of API 2; 0 or absent: the system chooses. API 3 is 405 above it, as on the real ones. */
  readonly port?: number;
}

export interface WhatsminerFake {
  /** of API 2; a port on which nobody listens where it has none */
  readonly port: number;
  /** of API 3; a port on which nobody listens where it has none */
  readonly framedPort: number;
  readonly box: WhatsminerBox;
  readonly v2: WhatsminerV2Mouth;
  readonly v3: WhatsminerV3Mouth;
  close(): Promise<void>;
}

const APART = 4433 - 4028;
const LAST_PORT = 65_535;

export async function startWhatsminerFake(options: WhatsminerFakeOptions): Promise<WhatsminerFake> {
  const { rig, has = 'both', port = 0 } = options;
  const box = new WhatsminerBox(options);
  const v2 = new WhatsminerV2Mouth(box, options.v2);
  const v3 = new WhatsminerV3Mouth(box, options.v3);
  const delaySeconds = (mouth: { readonly silent: boolean }): number | 'never' =>
    mouth.silent || rig.quirks.hangs ? 'never' : (rig.quirks.answerSeconds ?? 0);
  const plain = await serve4028({
    answers: () => rig.look().answers,
    delaySeconds: () => delaySeconds(v2),
    reply: (text) => v2.reply(text),
    port,
  });
  const framed = await serveFrames(rig, v3, { delaySeconds: () => delaySeconds(v3), port: framedPortOf(port) });
  if (has === 'v3') await plain.close();
  if (has === 'v2') await framed.close();
  return {
    port: plain.port,
    framedPort: framed.port,
    box,
    v2,
    v3,
    close: async () => {
      if (has !== 'v3') await plain.close();
      if (has !== 'v2') await framed.close();
    },
  };
}

function framedPortOf(port: number): number {
  return port === 0 || port + APART > LAST_PORT ? 0 : port + APART;
}

/** It takes no more at a time. */
const CLIENT_LIMIT = 10;

async function serveFrames(
  rig: SimRig,
  mouth: WhatsminerV3Mouth,
  { delaySeconds, port }: { readonly delaySeconds: () => number | 'never'; readonly port: number },
): Promise<Server4028> {
  const open = new Set<Socket>();
  const timers = new Set<NodeJS.Timeout>();

  const answer = (socket: Socket, request: Uint8Array): void => {
    const text = mouth.reply(Buffer.from(request).toString('utf8'));
    const seconds = delaySeconds();
    if (seconds === 'never') return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      // A sign of life first, as it may send one at any time; the connection stays open.
      socket.write(Buffer.concat([Buffer.alloc(4), frameOf(text)]));
    }, seconds * 1000);
    timers.add(timer);
  };

  const server = createServer((socket) => {
    let heard = Buffer.alloc(0);
    socket.on('error', () => undefined).on('close', () => open.delete(socket));
    if (!rig.look().answers || open.size >= CLIENT_LIMIT) {
      socket.resetAndDestroy();
      return;
    }
    open.add(socket);
    socket.on('data', (chunk) => {
      heard = Buffer.concat([heard, chunk]);
      const frame = frameIn(heard);
      if (frame === 'more') return;
      heard = Buffer.alloc(0);
      if (frame === 'too-long') socket.destroy();
      else answer(socket, frame.body);
    });
  });

  return {
    port: await listen(server, port),
    close: () =>
      new Promise((resolve) => {
        for (const timer of timers) clearTimeout(timer);
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}
