/**
 * The encoders of this machine: the ones that need no file, and a folder with the ONNX files a person has added.
 *
 * A tower lies there as NAME.onnx beside NAME.json, its card. The card holds the file's hash, and what was encoded with it is
 * kept under that hash: another file under the same name can never be taken for it.
 */

import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mapConcurrent } from '../../index/map-concurrent.ts';
import { FILES_AT_ONCE, sha256File, writeFileAtomic } from '../lib/files.ts';
import type { AudioCard, EncoderCard, ImageCard, Kind, TowerFile } from './card.ts';
import { publicationOf } from './publications.ts';
import { REGISTRY } from './registry.ts';

/** An encoder that can be run. */
export type Ready<Card extends EncoderCard = EncoderCard> = Card & {
  /** Identifies the tokens: name and revision, or name and the file's hash. */
  key: string;
  /** Of the tower; undefined for what is part of Cuepoint. */
  path?: string;
};

/** Every card, those of the folder in place of the registry's of the same name, and whether it can be run. */
export async function listEncoders(folder: string): Promise<{ card: EncoderCard; path?: string }[]> {
  const own = await readCards(folder);
  const named = new Map<string, EncoderCard>([...REGISTRY, ...own].map((card) => [card.name, card]));
  return [...named.values()].map((card) => {
    const path = towerPath(folder, card.name);
    return { card, path: card.file && existsSync(path) ? path : undefined };
  });
}

export function findEncoder(name: string, kind: 'image', folder: string): Promise<Ready<ImageCard>>;
export function findEncoder(name: string, kind: 'audio', folder: string): Promise<Ready<AudioCard>>;
/** @throws Error when there is none of that name and kind, when its file is missing or another than its card says. */
export async function findEncoder(name: string, kind: Kind, folder: string): Promise<Ready> {
  const all = await listEncoders(folder);
  const found = all.find(({ card }) => card.name === name);
  if (found?.card.kind !== kind) {
    if (found)
      throw new Error(
        `encoder "${name}": expected one of ${kind}, got one of ${found.card.kind}. \`cuepoint encoders list\` has both.`,
      );
    const names = all.filter(({ card }) => card.kind === kind).map(({ card }) => card.name);
    throw new Error(
      `encoder "${name}": expected one of ${names.join(', ')}. Add another by \`cuepoint encoders add\`.`,
    );
  }
  const { card, path } = found;
  if (!card.file) return builtIn(card);
  if (!path) throw new Error(missingFile(card.name, card.file));
  const sha256 = await sha256File(path);
  if (card.file.sha256 && card.file.sha256 !== sha256)
    throw new Error(
      `encoder "${name}": expected ${path} with sha256 ${card.file.sha256}, got ${sha256}. Add the file again.`,
    );
  return { ...card, path, key: `${card.name}-${sha256.slice(0, 12)}` };
}

/** What is part of Cuepoint needs no file. */
export function builtIn<Card extends EncoderCard>(card: Card): Ready<Card> {
  return { ...card, key: `${card.name}-${card.revision}` };
}

/** Two sentences: which file goes where, and how it is made. */
export function missingFile(name: string, { name: file, make }: TowerFile): string {
  const fetched = publicationOf(name) ? `fetch them by \`npm run cuepoint -- encoders get ${name}\`, or ` : '';
  return `encoder "${name}": its weights are not here: ${fetched}bring them in by \`npm run cuepoint -- encoders add ${file} --name ${name}\`. ${make}`;
}

export const towerPath = (folder: string, name: string): string => join(folder, `${name}.onnx`);

/** Keep a tower and its card. The card comes last: without it the file is not used. */
export async function keepTower(folder: string, card: EncoderCard, bytes: Uint8Array): Promise<void> {
  await writeFileAtomic(towerPath(folder, card.name), bytes);
  await writeFileAtomic(join(folder, `${card.name}.json`), `${JSON.stringify(card, null, 1)}\n`);
}

async function readCards(folder: string): Promise<EncoderCard[]> {
  if (!existsSync(folder)) return [];
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  return mapConcurrent(FILES_AT_ONCE, names, (name) => readCard(join(folder, name)));
}

async function readCard(path: string): Promise<EncoderCard> {
  try {
    const card = JSON.parse(await readFile(path, 'utf8')) as EncoderCard;
    if (card.name && card.kind && card.preparation?.kind && card.file && card.width > 0) return card;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new Error(`${path}: expected the card of an encoder, got something else. Delete it and add the encoder again.`);
}
