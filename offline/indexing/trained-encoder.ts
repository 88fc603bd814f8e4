/** The encoder of the music, as the model was trained with it: the very file, whatever lies under its name today. */
import type { AudioCard } from '../encoders/card.ts';
import { findEncoder, listEncoders, type Ready } from '../encoders/store.ts';
import { bringBack, fileHash, isSameEncoder, type Named, takenFor } from '../models/trained-on.ts';

/**
 * By name, and where that is another file now, by the file's hash under any name. Called before music is encoded, which takes hours.
 * @param what fails: the command
 * @param trained of the checkpoint, or of the index that is added to
 * @throws Error when there is no such encoder, or only another file of its name
 */
export async function trainedOn(
  what: string,
  trained: Named,
  folder: string,
  print: (line: string) => void,
): Promise<Ready<AudioCard>> {
  const named = await findEncoder(trained.name, 'audio', folder).catch((error: Error) => error);
  const isIt = (one: Ready<AudioCard> | Error): one is Ready<AudioCard> =>
    !(one instanceof Error) && (!trained.key || isSameEncoder(trained.key, one.key));
  const found = isIt(named) ? named : await ofTheFile(trained, folder);
  if (found) {
    for (const line of takenFor(trained, found, 'the encoder')) print(line);
    return found;
  }
  if (named instanceof Error) throw named;
  throw new Error(
    `${what}: expected ${trained.key}, which the model was trained on, got another "${trained.name}" (${(named as Ready<AudioCard>).key}). ${bringBack(trained, 'encode the training data again and train')}`,
  );
}

async function ofTheFile({ key }: Named, folder: string): Promise<Ready<AudioCard> | undefined> {
  const hash = fileHash(key);
  if (!hash) return undefined;
  for (const { card, path } of await listEncoders(folder)) {
    if (card.kind !== 'audio' || !path || !card.file?.sha256?.startsWith(hash)) continue;
    const found = await findEncoder(card.name, 'audio', folder).catch(() => undefined);
    if (found && isSameEncoder(key!, found.key)) return found;
  }
  return undefined;
}
