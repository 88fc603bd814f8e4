/**
 * Whether tokens come from the very encoders that a network was trained on: by their files' hashes, and not by their names alone.
 *
 * A tower can be replaced under its name, and another file's tokens look alike in shape and mean something else. Where one side does not
 * say which file it was (weights that were imported, folders and checkpoints of earlier versions), names and widths have to do, as before, and a
 * sentence says so.
 */
import type { Dataset } from '../data/dataset.ts';
import type { Encoders } from './checkpoint.ts';

export interface Named {
  name: string;
  /** Name and the file's hash, or name and revision (encoders/store.ts), where it is known. */
  key?: string;
}

/** Of a key with a file's hash, the hash; undefined of what is part of Cuepoint. */
export const fileHash = (key: string | undefined): string | undefined => /-([0-9a-f]{12})$/.exec(key ?? '')?.[1];

/** Whether two keys are of one encoder: equal, or of one file that was added under two names. */
export function isSameEncoder(one: string, other: string): boolean {
  return one === other || (fileHash(one) !== undefined && fileHash(one) === fileHash(other));
}

/** What to do where an encoder is another than the one of this key. */
export function bringBack({ name, key }: Named, otherwise: string): string {
  return fileHash(key)
    ? `Bring the first one back by \`cuepoint encoders add FILE --name ${name} --replace\` (its file's sha256 begins ${fileHash(key)}), or ${otherwise}.`
    : `${otherwise[0].toUpperCase()}${otherwise.slice(1)}.`;
}

/** A sentence for people where two are taken for one encoder though it is not known; none where it is. */
export function takenFor(trained: Named, given: Named, whose: string): string[] {
  const told = ({ key, name }: Named) => key ?? `"${name}"`;
  if (trained.key && given.key)
    return trained.key === given.key
      ? []
      : [`note: ${told(given)} is the file of ${told(trained)} under another name.`];
  if (!trained.key && !given.key && trained.name === given.name) return [];
  const silent = trained.key ? whose : given.key ? 'the checkpoint' : `neither the checkpoint nor ${whose}`;
  return [
    `note: ${silent} ${silent.startsWith('neither') ? 'says' : 'does not say'} which file its encoder was: ${told(given)} is taken for ${told(trained)}, which it was trained on.`,
  ];
}

/**
 * @param what fails: the command
 * @returns sentences about what is taken for granted
 * @throws Error when the tokens are of another encoder's file than the network was trained on
 */
export function checkTokensFit(what: string, trained: Encoders, tokens: Dataset['encoders']): string[] {
  const given = {
    image: { name: tokens.image, key: tokens.imageKey },
    audio: { name: tokens.audio, key: tokens.audioKey },
  };
  return (['image', 'audio'] as const).flatMap((kind) => {
    const [before, now] = [trained[kind], given[kind]];
    if (before.key && now.key && !isSameEncoder(before.key, now.key))
      throw new Error(
        `${what}: expected tokens of ${before.key}, which the checkpoint was trained on, got those of ${now.key}. ${bringBack(before, 'train on these tokens')}`,
      );
    return takenFor(before, now, 'the folder of tokens');
  });
}
