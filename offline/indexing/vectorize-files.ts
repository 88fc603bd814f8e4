/**
 * The vectors of an index as `wrangler vectorize upsert` takes them, and the commands that take them there.
 *
 * Newline-delimited JSON, 5,000 vectors a file: what one request of the HTTP API takes, and what Cloudflare's guide asks for
 * (developers.cloudflare.com/vectorize/best-practices/insert-vectors). Each version of the index has a namespace of its name, so an
 * older one stays as it is until it is deleted. What a record holds is defined in index/search/vectorize-record.ts.
 */
import { join } from 'node:path';
import type { Columns } from '../../index/search/columns.ts';
import { VECTORIZE, vectorIdOf, vectorizeMetadata, vectorizeTypes } from '../../index/search/vectorize-record.ts';
import { writeFileAtomic } from '../lib/files.ts';

export interface VectorizeFilesOptions {
  /** h0 of every track, [N, D] in catalogue order; those of removed tracks are left out. */
  vectors: Float32Array;
  width: number;
  /** Of the index: the namespace of its vectors. */
  version: string;
  columns: Columns;
  /** To index, beside the place. */
  fields: readonly string[];
  folder: string;
}

/**
 * Write the files.
 * @returns their paths, in order
 * @throws Error when an index cannot be kept in Vectorize.
 */
export async function writeVectorizeFiles(options: VectorizeFilesOptions): Promise<string[]> {
  const { version, folder } = options;
  const paths: string[] = [];
  let lines: string[] = [];
  async function write(): Promise<void> {
    if (lines.length === 0) return;
    const path = join(folder, `vectorize-${version}-${String(paths.length + 1).padStart(3, '0')}.ndjson`);
    await writeFileAtomic(path, `${lines.join('\n')}\n`);
    paths.push(path);
    lines = [];
  }
  for (const line of vectorizeLines(options)) {
    lines.push(line);
    if (lines.length === VECTORIZE.upsertHttp) await write();
  }
  await write();
  return paths;
}

/** One record a line, in label order. */
export function* vectorizeLines({
  vectors,
  width,
  version,
  columns,
  fields,
}: VectorizeFilesOptions): Generator<string> {
  const count = vectors.length / width;
  if (width > VECTORIZE.dimensions || count > VECTORIZE.vectors || count !== columns.count)
    throw new Error(
      `vectorize: expected at most ${VECTORIZE.vectors} vectors of at most ${VECTORIZE.dimensions} values, one for each of ${columns.count} tracks, got ${count} of ${width}.`,
    );
  vectorizeTypes(columns, fields);
  for (let label = 0; label < count; label++) {
    if (!columns.live[label]) continue;
    const record = {
      id: vectorIdOf(version, label),
      namespace: version,
      // Nine digits give a float32 back exactly.
      values: Array.from(vectors.subarray(label * width, (label + 1) * width), (value) => Number(value.toPrecision(9))),
      metadata: vectorizeMetadata(columns, fields, label),
    };
    yield JSON.stringify(record);
  }
}

/**
 * What to run once for a new Vectorize index, before anything is upserted: a property is indexed from then on only.
 * @param name of the Vectorize index
 */
export function createCommands(name: string, width: number, columns: Columns, fields: readonly string[]): string[] {
  return [
    `wrangler vectorize create ${name} --dimensions=${width} --metric=cosine`,
    ...Array.from(
      vectorizeTypes(columns, fields),
      ([property, type]) =>
        `wrangler vectorize create-metadata-index ${name} --property-name=${property} --type=${type}`,
    ),
  ];
}

/** What to run for every version of the index, before it is published. */
export function upsertCommands(name: string, paths: readonly string[]): string[] {
  return paths.map((path) => `wrangler vectorize upsert ${name} --file=${path} --batch-size=${VECTORIZE.upsertHttp}`);
}
