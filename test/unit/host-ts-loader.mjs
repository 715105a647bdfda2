// Lets a child process of a test run the sources as they are: plain Node on top of the compiler that jest uses.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transform } from '@swc/core';

export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const source = await readFile(fileURLToPath(url), 'utf8');
  const options = { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' }, isModule: true };
  return { format: 'module', shortCircuit: true, source: (await transform(source, options)).code };
}
