/**
 * Everything the Worker imports that is made and not written: onnxruntime's and the decoders' WebAssembly, and the browser's side. The Worker's
 * build command runs this file; the tests call prepareWorker.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { REFERENCE_SCRIPT } from '../../index/format/reference.ts';
import { BUNDLE } from '../lib/places.ts';
import { prepareCodecWasm } from './codec-wasm.ts';
import { prepareOrtWasm } from './ort-wasm.ts';
import { preparePage } from './page.ts';
import { putReference } from './reference.ts';

/** @returns a line for each file: what and where it is. @throws Error when one cannot be made */
export async function prepareWorker(): Promise<string[]> {
  const { written, path } = await prepareOrtWasm();
  return [
    `${path}: ${saying(written)}`,
    ...(await prepareCodecWasm()).map((codec) => `${codec.path}: ${saying(codec.written)}`),
    ...(await preparePage()).map(
      (file) => `${file.path}: ${(file.bytes / 1000).toFixed(1)} kB, ${saying(file.written)}`,
    ),
  ];
}

const saying = (written: boolean): string => (written ? 'written' : 'up to date');

if (import.meta.main) {
  for (const line of await prepareWorker()) console.log(line);
  // wrangler refuses an assets directory that does not exist; the Worker answers one without an index with what to do.
  const root = join(import.meta.dirname, '../..');
  mkdirSync(join(root, BUNDLE), { recursive: true });
  const written = await putReference(root, join(root, BUNDLE));
  console.log(`${join(BUNDLE, REFERENCE_SCRIPT)}: ${saying(written)}`);
}
