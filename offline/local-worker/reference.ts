/** Scalar's script, as its package has it, put among the assets that the Worker serves /docs from (functions/routes/docs.ts). */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { REFERENCE_SCRIPT } from '../../index/format/reference.ts';
import { writeFileAtomic } from '../lib/files.ts';

const SCRIPT = 'node_modules/@scalar/api-reference/dist/browser/standalone.js';

/** @param root the project's folder @param directory of the assets @returns whether it was not there yet */
export async function putReference(root: string, directory: string): Promise<boolean> {
  const [from, to] = [join(root, SCRIPT), join(directory, REFERENCE_SCRIPT)];
  if (existsSync(to) && statSync(to).size === statSync(from).size) return false;
  await writeFileAtomic(to, readFileSync(from));
  return true;
}
