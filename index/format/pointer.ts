/**
 * Where published indexes lie: one layout, in the Worker's static assets and in an R2 bucket alike.
 *
 *   current.json                      which index is answered from: the only thing of an index that is ever replaced
 *   indexes/<indexVersion>.json       the manifest of each index that is kept, named by its content
 *   reports/<indexVersion>.json       what each run measured of it, with dates and times in it: beside the index, no part of it
 *   reports/<indexVersion>.ranking.json   the exact ranking that it was measured by, for the next run
 *   objects/<role>-<sha256, 16 hex>.<ext>   everything else, named by its content
 *
 * So publishing is writing what is not there yet, then moving the pointer, which is one write; going back is moving it again.
 * Who writes is offline/indexing/store/.
 */
import type { BundleFile } from './bundle-file.ts';

/** Where the pointer lies, relative to where the indexes do, as are all paths here. */
export const POINTER_PATH = 'current.json';
/** Folder of what is named by its content: graphs, vectors, catalogues, shards. */
export const OBJECTS = 'objects';
/** Folder of the manifests, one for each index that is kept. */
export const MANIFESTS = 'indexes';
/** Folder of the reports, which the Worker does not read. */
export const REPORTS = 'reports';
/** All folders of the layout, where a store looks for leftovers of writes that were cut off. */
export const FOLDERS = [OBJECTS, MANIFESTS, REPORTS] as const;

/** What current.json says: which index is answered from, and its manifest with size and hash to check it by. */
export interface Pointer {
  indexVersion: string;
  manifest: BundleFile;
  /** ISO 8601, when the pointer was moved. */
  publishedAt: string;
  /** The version it named before. */
  previous?: string;
}

/** Where the manifest of an index lies. @param indexVersion 12 hex characters, as Manifest has it */
export const manifestPath = (indexVersion: string): string => `${MANIFESTS}/${indexVersion}.json`;

/** Where the report of an index lies, under the name that its manifest has in the other folder. @param indexVersion as for manifestPath */
export const reportPath = (indexVersion: string): string => `${REPORTS}/${indexVersion}.json`;

/** Where the ranking lies that an index was measured by. @param indexVersion as for manifestPath */
export const rankingPath = (indexVersion: string): string => `${REPORTS}/${indexVersion}.ranking.json`;

/**
 * @param sha256 of the file, lower-case hex; its first 16 digits are in the name
 * @param extension without the dot
 */
export const objectPath = (role: string, sha256: string, extension: string): string =>
  `${OBJECTS}/${role}-${sha256.slice(0, 16)}.${extension}`;

/** The text of current.json: equal pointers are equal bytes. */
export function writePointer(pointer: Pointer): string {
  return `${JSON.stringify(pointer, null, 1)}\n`;
}

/** @throws Error when the text is not a pointer. */
export function parsePointer(text: string): Pointer {
  let value: Partial<Pointer> | null;
  try {
    value = JSON.parse(text) as Partial<Pointer> | null;
  } catch {
    value = null;
  }
  const { indexVersion, manifest, publishedAt } = value ?? {};
  const isWhole =
    typeof indexVersion === 'string' &&
    typeof publishedAt === 'string' &&
    manifest?.path === manifestPath(indexVersion) &&
    Number.isInteger(manifest.bytes) &&
    typeof manifest.sha256 === 'string';
  if (!isWhole)
    throw new Error(
      `${POINTER_PATH}: expected a version and its manifest, got something else. Publish the index again.`,
    );
  return value as Pointer;
}
