// For `node --import`: every sync of a file takes SLOW_SYNC_MS longer, as on a worn card.
import { open } from 'node:fs/promises';

const extraMs = Number(process.env.SLOW_SYNC_MS ?? 0);
const any = await open('/dev/null');
const files = Object.getPrototypeOf(any);
await any.close();
for (const name of ['sync', 'datasync']) {
  const real = files[name];
  files[name] = async function slowly() {
    await new Promise((resolve) => setTimeout(resolve, extraMs));
    return real.call(this);
  };
}
