/** Published weights to an encoder in one go: fetched (or found where a person has put them), made into a tower, run once, kept. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Downloaded, download } from '../lib/download.ts';
import { type Added, type AddOptions, addEncoder } from './add-encoder.ts';
import type { Publication } from './publications.ts';

export interface GetOptions extends Pick<AddOptions, 'replace' | 'media' | 'onFile' | 'threads'> {
  /** Folder of added encoders. */
  folder: string;
  /** Another address of the same file. */
  url?: string;
  /** Whether the weights stay when the tower is made. */
  keep?: boolean;
  onBytes?: (have: number, total: number | undefined) => void;
}

export interface Got {
  added: Added;
  /** Undefined where the file was there already. */
  downloaded?: Downloaded;
}

/** Where the weights lie until the tower is made, and where a person without a network puts them. */
export function weightsPath(folder: string, { name, url }: Pick<Publication, 'name' | 'url'>): string {
  return join(folder, 'downloads', name, decodeURIComponent(new URL(url).pathname.split('/').at(-1)!));
}

/** What to do without a network, a sentence. */
export const byHand = (folder: string, publication: Publication): string =>
  `Where there is no network: fetch ${publication.url} elsewhere, put it at ${weightsPath(folder, publication)}, and start again.`;

/** @throws Error with what to do, when the file cannot be had, is damaged, or is of another model */
export async function getEncoder(publication: Publication, options: GetOptions): Promise<Got> {
  const { folder, url = publication.url, keep, onBytes, replace, media, onFile, threads } = options;
  const { name } = publication;
  const path = weightsPath(folder, publication);
  const downloaded = existsSync(path)
    ? undefined
    : await download({ url, path, onBytes, otherwise: byHand(folder, publication) });
  const added = await addEncoder(path, { name, replace, media, onFile, threads }, folder);
  if (downloaded && !keep) await rm(join(folder, 'downloads', name), { recursive: true, force: true });
  return { added, downloaded };
}
