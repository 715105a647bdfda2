// A page that answers for a simulated rig, as an owner may have written one: it wants JSON for orders, and a token where it has one.
// A driver is at home on it by the requests of `PAGE`.

import type { SimRig } from '../sim/rig.ts';
import { type HttpAsked, type HttpReply, type RigServerHttp, serveRigHttp } from './server-http.ts';

export interface WebhookFakeOptions {
  readonly rig: SimRig;
  /** what its header `x-rig-token` must be for an order */
  readonly token?: string;
  /** where it sends everybody instead of answering */
  readonly movedTo?: string;
  /** 0 or absent: the system chooses one */
  readonly port?: number;
}

export function startWebhookFake({ rig, token, movedTo, port }: WebhookFakeOptions): Promise<RigServerHttp> {
  const say = (asked: HttpAsked): HttpReply => {
    if (movedTo !== undefined) return { status: 302, text: '', headers: { location: movedTo } };
    const line = `${asked.method} ${asked.path}`;
    if (line === 'GET /rig') return { status: 200, json: lookOf(rig) };
    if (line !== 'POST /rig/run') return { status: 404, text: 'no such page' };
    if (token !== undefined && asked.headers['x-rig-token'] !== token) return { status: 403, json: { error: 'no' } };
    if (asked.headers['content-type'] !== 'application/json') return { status: 415, text: 'JSON only' };
    return ordered(rig, asked.body);
  };
  return serveRigHttp(rig, { say }, port);
}

function lookOf(rig: SimRig): unknown {
  const { saysPaused, level, saysWatts, hashRate } = rig.look();
  return {
    power: [{ kilowatts: saysWatts / 1000 }],
    rate: { 'TH 5s': String(Math.round(hashRate / 1e9) / 1000) },
    state: saysPaused ? 'asleep' : level > 0 ? 'mining' : 'waiting',
  };
}

function ordered(rig: SimRig, body: string): HttpReply {
  if (body !== '{"run":true}' && body !== '{"run":false}') return { status: 400, text: 'what?' };
  const answer = rig.order(body === '{"run":true}' ? 'resume' : 'pause');
  return answer === 'locked' ? { status: 401, json: { error: 'login' } } : { status: 200, json: { result: { ok: answer !== 'refused' } } };
}

/** The options by which `webhook` is at home on such a page. */
export const PAGE = {
  read: { method: 'GET', path: '/rig' },
  pause: { method: 'POST', path: '/rig/run', bodyJson: { run: false }, okWhen: 'result.ok' },
  resume: { method: 'POST', path: '/rig/run', bodyJson: { run: true }, okWhen: { at: 'result.ok', is: true } },
  reading: {
    watts: { at: 'power.0.kilowatts', unit: 'kW' },
    hashing: { at: 'state', is: 'mining' },
    paused: { at: 'state', is: 'asleep' },
    hashRate: { at: ['rate', 'TH 5s'], unit: 'TH/s' },
  },
} as const;
