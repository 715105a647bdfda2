// Writes the files of the site into the tree that becomes the disk of the virtual Pi: lay-site ROOT
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CONFIG, nutFiles, RIGS, siteFile, upsOf } from './site-file.ts';

const root = process.argv[2] ?? '';
// Nobody answers there at the start: the service has to live with that, too.
await writeFile(
  join(root, CONFIG),
  siteFile((rig) => 4028 + RIGS.findIndex(({ id }) => id === rig)),
);
for (const [name, text] of Object.entries(nutFiles(upsOf(() => 0).variables()))) await writeFile(join(root, 'etc/nut', name), text);
