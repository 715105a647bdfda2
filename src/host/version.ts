// Which version of lastwatt this is.
import { readFileSync } from 'node:fs';

/** As package.json says, which stands above the programs wherever they are installed. */
export function ownVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : 'unknown';
}
