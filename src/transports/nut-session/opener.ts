// Which way a connection to upsd is made: in clear, or over TLS and then never in clear.
import { openNodeNut } from './node-nut.ts';
import type { OpenNutTransport } from './transport.ts';

export interface NutTls {
  /** PEM of those whose signature counts; absent: nobody's does */
  readonly certificates?: string | undefined;
}

/** `host`: as configured, for the certificate must name it. */
export function nutOpener(host: string, tls: NutTls | undefined): OpenNutTransport {
  if (tls === undefined) return openNodeNut;
  // Loaded only where it is used.
  return async (target, ears) => {
    const { openStartTls } = await import('./starttls.ts');
    return openStartTls({ host, certificates: tls.certificates }, target, ears);
  };
}
