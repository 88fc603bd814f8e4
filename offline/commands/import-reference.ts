/** `cuepoint import-reference`: published weights of the reference implementation to a checkpoint of ours. */
import { readFile } from 'node:fs/promises';
import { defineCommand } from 'citty';
import { readSafetensors } from '../formats/safetensors-file.ts';
import { notFound } from '../lib/files.ts';
import { type Checkpoint, noSteps, saveCheckpoint } from '../models/checkpoint.ts';
import { type Imported, importReference } from '../models/made/import-reference.ts';
import { groupsOf } from '../models/made/network.ts';
import type { ReferenceConfig } from '../models/made/reference-config.ts';
import { fromHere, print, toldPlainly, WRITES } from './command.ts';

export const importReferenceCommand = defineCommand({
  meta: { name: 'import-reference', description: "Turn the reference implementation's weights into a checkpoint." },
  args: {
    weights: {
      type: 'string',
      required: true,
      description: "its state dict as safetensors, with the reference's names",
    },
    config: {
      type: 'string',
      description:
        "its config as JSON; what is not in it comes from the weights' shapes, and heads and lengths are the published ones",
    },
    out: { type: 'string', valueHint: WRITES.file, required: true, description: 'the checkpoint to write' },
  },
  run: toldPlainly(async ({ args }) => {
    const { tensors } = await readSafetensors(fromHere(args.weights), { expected: 'weights as safetensors' });
    const config = args.config ? await readConfig(fromHere(args.config)) : {};
    const { leftOut, assumed, ...parameters } = importReference(tensors, config);
    const checkpoint = importedCheckpoint(parameters);
    await saveCheckpoint(fromHere(args.out), checkpoint);
    const groups = groupsOf(checkpoint.layout).map(({ name, count }) => `${name} ${count.toLocaleString('en')}`);
    print(`${args.out}: ${checkpoint.layout.size.toLocaleString('en')} parameters (${groups.join(', ')})`);
    if (Object.keys(assumed).length)
      print(`published values, which the weights do not tell: ${JSON.stringify(assumed)}. --config FILE gives others.`);
    if (leftOut.length) print(`left out, as they are no parameters of this network: ${leftOut.join(', ')}`);
  }),
});

/** As if it had been trained here: on tokens of the encoders that the reference takes, in no step. */
export function importedCheckpoint({
  config,
  layout,
  theta,
}: Pick<Imported, 'config' | 'layout' | 'theta'>): Checkpoint {
  const { frameWidth, segmentWidth } = config;
  const encoders = { image: { name: 'clip-vit-b32', width: frameWidth }, audio: { name: 'ast', width: segmentWidth } };
  const zeros = () => new Float32Array(layout.size);
  const untrained = { step: 0, seed: 'imported', run: 'imported', running: noSteps(), history: [] };
  return { config, layout, theta, encoders, first: zeros(), second: zeros(), ...untrained };
}

/** The config itself, or a file that holds it under "config". */
async function readConfig(path: string): Promise<Partial<ReferenceConfig>> {
  const text = await readFile(path, 'utf8').catch(notFound(path, "the reference's config as JSON", 'Check the path.'));
  try {
    const value = JSON.parse(text);
    return value.config ?? value;
  } catch (cause) {
    throw new Error(`${path}: expected JSON, got something else. Give the reference's config keys as a JSON object.`, {
      cause,
    });
  }
}
