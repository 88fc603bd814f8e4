/** A folder with three songs of six seconds and a model that was never trained, to run the commands of an index on. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BASIC_FRAMES } from '../../../functions/embed/basic-frames.ts';
import { BASIC_AUDIO } from '../../../offline/encoders/basic-audio.ts';
import { createRandom } from '../../../offline/lib/random.ts';
import { writeWav } from '../../../offline/media/wav.ts';
import { noSteps, saveCheckpoint } from '../../../offline/models/checkpoint.ts';
import { layoutOf } from '../../../offline/models/made/network.ts';
import { initialValues } from '../../../offline/nn/parameters.ts';
import { smallMade } from '../../fixtures/made-configs.ts';
import { testFolder } from '../data/folder.ts';

export interface SmallLibrary {
  /** A path in the folder. */
  at(...names: string[]): string;
  /** Write `music/NAME.wav`. */
  song(name: string, hertz: number): Promise<void>;
  /** Flags of `index build` and `index add`. */
  withModel(): string[];
  remove(): Promise<void>;
}

export async function smallLibrary(): Promise<SmallLibrary> {
  const folder = await testFolder();
  const at = (...names: string[]): string => join(folder.path, ...names);
  const song = (name: string, hertz: number): Promise<void> => {
    const wave = (_: unknown, i: number): number => 0.4 * Math.sin((2 * Math.PI * hertz * i) / 16000);
    return writeFile(at('music', `${name}.wav`), writeWav(Float32Array.from({ length: 6 * 16000 }, wave), 16000));
  };
  const config = { ...smallMade, frameWidth: BASIC_FRAMES.width, segmentWidth: BASIC_AUDIO.width };
  const layout = layoutOf(config);
  const none = new Float32Array(layout.size);
  await saveCheckpoint(at('model.safetensors'), {
    config,
    layout,
    theta: initialValues(layout, createRandom('life')),
    first: none,
    second: none,
    encoders: {
      image: { name: BASIC_FRAMES.name, width: BASIC_FRAMES.width },
      audio: { name: BASIC_AUDIO.name, width: BASIC_AUDIO.width },
    },
    step: 0,
    seed: 'life',
    run: 'life',
    running: noSteps(),
    history: [],
  });
  await mkdir(at('music'));
  for (const [i, name] of ['a', 'b', 'c'].entries()) await song(name, 200 + 70 * i);
  const withModel = () => ['--checkpoint', at('model.safetensors'), '--cache', at('cache'), '--workers', '1'];
  return { at, song, withModel, remove: folder.remove };
}
