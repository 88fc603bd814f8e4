/** The tower that a bundle brings to the Worker: the encoder the model was trained on, or its smaller version, if it fits. */
import { readFile } from 'node:fs/promises';
import type { Precision, TowerInfo } from '../../index/format/manifest.ts';
import { findEncoder } from '../encoders/store.ts';
import { measureTowerFit } from '../export/tower-fit.ts';
import type { Checkpoint } from '../models/checkpoint.ts';
import { isSameEncoder, takenFor } from '../models/trained-on.ts';

export interface EdgeTower {
  info: TowerInfo;
  bytes: Uint8Array;
  /** What is taken for granted, in sentences. */
  remarks: string[];
}

interface Options {
  checkpoint: Checkpoint;
  /** Folder of the added encoders. */
  encoders: string;
  /** Of the model's graphs beside it. */
  precision: Precision;
  print: (line: string) => void;
}

/** @throws Error when the tower is another encoder's, or does not fit the Worker's memory beside the model's graphs */
export async function edgeTower(name: string, options: Options): Promise<EdgeTower> {
  const { checkpoint, encoders, precision, print } = options;
  const { image } = checkpoint.encoders;
  const card = await findEncoder(name, 'image', encoders);
  if (card.preparation.kind !== 'pixels')
    throw new Error(`--edge-encoder: "${name}" is part of the Worker and needs no place in the bundle. Leave it out.`);
  if (card.name !== image.name && card.quantisedFrom !== image.name)
    throw new Error(
      `--edge-encoder: expected "${image.name}", which the model was trained on, or its int8 version, got "${name}". Make one by \`cuepoint encoders quantise ${image.name}\`.`,
    );
  if (card.name === image.name && image.key && !isSameEncoder(image.key, card.key))
    throw new Error(
      `--edge-encoder: expected the "${name}" that the model was trained on (${image.key}), got another of that name (${card.key}). Bring the first one back by \`cuepoint encoders add --replace\`.`,
    );
  if (
    card.name !== image.name &&
    image.key &&
    card.quantisedFromKey &&
    !isSameEncoder(image.key, card.quantisedFromKey)
  )
    throw new Error(
      `--edge-encoder: expected a smaller ${image.key}, which the model was trained on, got "${name}" made of another file (${card.quantisedFromKey}). Bring the first one back by \`cuepoint encoders add FILE --name ${image.name} --replace\` and make it smaller again.`,
    );
  const madeOf = { name: image.name, key: card.name === image.name ? card.key : card.quantisedFromKey };
  const { kind: _, ...preprocessing } = card.preparation;
  const bytes = new Uint8Array(await readFile(card.path!));
  const { input, output } = card.file!;
  const fit = await measureTowerFit(bytes, card, checkpoint, precision);
  if (!fit.fits)
    throw new Error(
      `--edge-encoder: expected a tower that the Worker can hold, got ${(bytes.length / 2 ** 20).toFixed(1)} MiB of "${name}": ${fit.reason} ${card.quantisedFrom ? 'Take a smaller tower, or send tokens instead of frames.' : `Try \`cuepoint encoders quantise ${name}\`, or send tokens instead of frames.`}`,
    );
  print(
    `${name} fits the Worker: ${fit.heapMb.toFixed(0)} of 80 MiB with the model, ${fit.msPerRun?.toFixed(0)} ms a frame in WebAssembly`,
  );
  const remarks = takenFor(image, madeOf, `the card of ${name}`);
  return { info: { name, input, output, ...preprocessing }, bytes, remarks };
}
