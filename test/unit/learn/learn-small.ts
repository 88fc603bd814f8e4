/** `learn` on a small team's folders with a network of a few thousand parameters, which was never taught. */
import { join } from 'node:path';
import { BASIC_FRAMES } from '../../../functions/embed/basic-frames.ts';
import { BASIC_AUDIO } from '../../../offline/encoders/basic-audio.ts';
import { BASIC_AUDIO_CARD, BASIC_FRAMES_CARD } from '../../../offline/encoders/registry.ts';
import { builtIn } from '../../../offline/encoders/store.ts';
import { type LearnOptions, learn } from '../../../offline/learn/learn.ts';
import type { Learned } from '../../../offline/learn/learned.ts';
import { createRandom } from '../../../offline/lib/random.ts';
import { type Checkpoint, noSteps } from '../../../offline/models/checkpoint.ts';
import { small } from '../../../offline/models/dense-start/config.ts';
import { familyOf } from '../../../offline/models/registry.ts';
import { initialValues } from '../../../offline/nn/parameters.ts';

export const tiny = {
  ...small,
  width: 16,
  ffn: 16,
  heads: 2,
  fusionLayers: 1,
  frameWidth: BASIC_FRAMES.width,
  segmentWidth: BASIC_AUDIO.width,
};

export function untaughtTiny(): Checkpoint {
  const layout = familyOf(tiny).layout(tiny);
  const none = new Float32Array(layout.size);
  return {
    ...{ config: tiny, layout, theta: initialValues(layout, createRandom('tiny')), first: none, second: none },
    encoders: {
      image: { name: BASIC_FRAMES.name, width: BASIC_FRAMES.width },
      audio: { name: BASIC_AUDIO.name, width: BASIC_AUDIO.width },
    },
    ...{ step: 0, seed: 'tiny', run: 'tiny', running: noSteps(), history: [] },
  };
}

export const silent = () => ({ tick() {}, skip() {}, done() {} });

/** @param folder of smallTeam; the index lies in `OUT-index` */
export function learnSmall(
  folder: string,
  { out, ...more }: Partial<LearnOptions> & { out: string },
): Promise<Learned> {
  return learn({
    ...{ posts: join(folder, 'posts'), music: join(folder, 'music'), out, index: `${out}-index` },
    init: { checkpoint: untaughtTiny(), file: 'tiny.safetensors' },
    config: tiny,
    encoders: { image: builtIn(BASIC_FRAMES_CARD), audio: builtIn(BASIC_AUDIO_CARD) },
    encodersFolder: join(folder, 'encoders'),
    ...{ sizes: {}, steps: 12, seed: '1', cache: join(folder, 'cache'), workers: 1, threads: 1 },
    start: silent,
    print: () => {},
    now: () => new Date(0),
    ...more,
  });
}
