/**
 * An index with more vectors than an isolate holds is answered from with Vectorize only, and a Worker that is not set to it refuses the index
 * (functions/runtime/bundle.ts). Here it is refused before the pointer moves, where the Worker's configuration lies: wrangler.toml.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { needsRetriever, VECTORS_BYTES } from '../../functions/grounding/budgets.ts';
import type { Manifest } from '../../index/format/manifest.ts';

/** What its build says of such an index. */
export const retrieverLine = ({ files }: Pick<Manifest, 'files'>): string =>
  `candidates: ${inMb(files.vectors.bytes)} MB of vectors are more than an isolate holds: answered from with RETRIEVER = "vectorize" only (\`cuepoint index vectorize\`)`;

/**
 * @param root the project's folder
 * @throws Error when the index needs Vectorize and no environment of wrangler.toml has it
 */
export async function refuseWithoutRetriever(
  { files, indexVersion }: Pick<Manifest, 'files' | 'indexVersion'>,
  root: string,
): Promise<void> {
  if (!needsRetriever({ files }) || SET.test(await readFile(join(root, 'wrangler.toml'), 'utf8'))) return;
  throw new Error(
    `index ${indexVersion}: expected at most ${VECTORS_BYTES / 1e6} MB of vectors, which an isolate holds, got ${inMb(files.vectors.bytes)}. Have Vectorize find its candidates: write the vectors by \`cuepoint index vectorize\`, upsert them, and set RETRIEVER = "vectorize" under [vars] of wrangler.toml. Nothing was changed.`,
  );
}

/** Of the Worker or one of its environments, and not in a comment. */
const SET = /^[^#\n]*\bRETRIEVER["']?\s*=\s*["']vectorize["']/m;

const inMb = (bytes: number): string => (bytes / 1e6).toFixed(0);
