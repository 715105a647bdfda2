// A port of 127.0.0.1 for a fake.
import type { Server } from 'node:net';

/** Listens, and gives the port; 0: the system chooses one. Rejects where it cannot be had. */
export function listen(server: Server, port = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
