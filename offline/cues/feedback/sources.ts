/**
 * The places feedback comes from, as lines of JSON that say where they were found: a folder of what was downloaded from R2, an R2
 * bucket itself, or what Analytics Engine's SQL API answered.
 *
 * What the Worker writes there is in functions/feedback-store.ts. What the lines mean is in rows.ts.
 */
import { readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { mapConcurrent } from '../../../index/map-concurrent.ts';
import { readText } from '../../formats/tables/decode.ts';
import { notFound } from '../../lib/files.ts';

export interface FoundLine {
  /** File or object, and the place in it. */
  where: string;
  line: string;
}

/**
 * @param path a folder, read with its sub-folders; a .jsonl file; or the SQL API's answer, a .json file
 * @throws Error when there is no such thing, or the answer is none
 */
export async function* linesOfPath(path: string): AsyncGenerator<FoundLine> {
  const found = await stat(path).catch(
    notFound(path, 'feedback or answers: a folder, a .jsonl file or the .json answer of a query', 'Check the path.'),
  );
  if (!found.isDirectory()) {
    const { text } = await readText(path, 'feedback or answers');
    yield* path.endsWith('.json') ? linesOfAnswer(path, text) : linesOf(path, text);
    return;
  }
  const files = (await readdir(path, { recursive: true })).filter((file) => file.endsWith('.jsonl')).sort();
  if (files.length === 0)
    throw new Error(`${path}: expected .jsonl files in the folder, found none. Download them from the bucket first.`);
  for (const file of files) {
    const { text } = await readText(join(path, file), 'feedback or answers');
    yield* linesOf(relative('', join(path, file)), text);
  }
}

/** What is used of a bucket. */
export interface Bucket {
  list(options: { prefix: string; cursor?: string }): Promise<{
    objects: { key: string }[];
    truncated: boolean;
    cursor?: string;
  }>;
  get(key: string): Promise<{ arrayBuffer(): Promise<ArrayBuffer> } | null>;
}

/** Objects of a few lines each: reading is waiting. */
const AT_ONCE = 16;

/** All that is under a prefix, `feedback/` or `study/`, in the order of the names: by day. */
export async function* linesOfBucket(bucket: Bucket, prefix: string): AsyncGenerator<FoundLine> {
  let cursor: string | undefined;
  do {
    const page = await bucket.list({ prefix, cursor });
    const texts = await mapConcurrent(AT_ONCE, page.objects, ({ key }) => textOf(bucket, key));
    for (const [i, { key }] of page.objects.entries()) yield* linesOf(key, texts[i]);
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
}

/** Empty where it was deleted meanwhile. */
async function textOf(bucket: Bucket, key: string): Promise<string> {
  const object = await bucket.get(key);
  return object ? new TextDecoder().decode(await object.arrayBuffer()) : '';
}

function* linesOf(where: string, text: string): Generator<FoundLine> {
  for (const [i, line] of text
    .replace(/^\ufeff/, '')
    .split('\n')
    .entries())
    if (line.trim() !== '') yield { where: `${where}:${i + 1}`, line: line.trim() };
}

/**
 * https://developers.cloudflare.com/analytics/analytics-engine/sql-reference/: FORMAT JSON gives { meta, data, rows }, and data
 * an object a row by the names of the columns. Events stand in blob1 to blob4.
 */
function* linesOfAnswer(where: string, text: string): Generator<FoundLine> {
  let rows: unknown;
  try {
    rows = (JSON.parse(text) as { data?: unknown } | null)?.data;
  } catch (cause) {
    throw new Error(`${where}: expected JSON, got something else. Save the SQL API's answer as it comes.`, { cause });
  }
  if (!Array.isArray(rows))
    throw new Error(
      `${where}: expected an answer of Analytics Engine's SQL API with a list "data", got none. Query SELECT * … FORMAT JSON.`,
    );
  for (const [i, row] of rows.entries())
    for (const column of ['blob1', 'blob2', 'blob3', 'blob4']) {
      const line = (row as Record<string, unknown> | null)?.[column];
      if (typeof line === 'string' && line !== '') yield { where: `${where}: row ${i + 1}, ${column}`, line };
    }
}
