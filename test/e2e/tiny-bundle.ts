/**
 * A bundle for the end-to-end tier, in test/.tmp, made by the pipeline itself: composed tracks, encoded, indexed.
 *
 * The network is the small preset with the values that training would start from: what it says is not worth much, but every
 * graph, format and number takes the way that a trained one's does, in seconds.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BASIC_FRAMES, createFrameEmbedder } from '../../functions/embed/basic-frames.ts';
import { decodeImage } from '../../functions/embed/decode-image.ts';
import { statisticsOf } from '../../index/standardise.ts';
import { buildBundle } from '../../offline/build/build.ts';
import { COMPOSE_RATE, composeTrack } from '../../offline/demo/compose.ts';
import { createWorld } from '../../offline/demo/world.ts';
import { encodeMusic } from '../../offline/encode.ts';
import { BASIC_AUDIO } from '../../offline/encoders/basic-audio.ts';
import { small } from '../../offline/made/config.ts';
import { layoutOf } from '../../offline/made/network.ts';
import { nodeDecoders } from '../../offline/media/image-codecs.ts';
import { writeWav } from '../../offline/media/wav.ts';
import { initialValues } from '../../offline/nn/parameters.ts';
import { createRandom } from '../../offline/random.ts';
import { jpegFrame } from './requests.ts';

const temporary = join(import.meta.dirname, '../.tmp');
const TRACKS = 4;

export const TINY_BUNDLE = join(temporary, 'tiny-bundle');

async function makeTinyBundle(): Promise<void> {
  const music = join(temporary, 'tiny-music');
  await Promise.all([music, TINY_BUNDLE].map((path) => rm(path, { recursive: true, force: true })));
  await mkdir(music, { recursive: true });
  for (const plan of createWorld('tiny').tracks.slice(0, TRACKS))
    await writeFile(join(music, `${plan.title}.wav`), writeWav(composeTrack(plan), COMPOSE_RATE));

  const silent = { tick: () => undefined, done: () => undefined };
  const { tracks } = await encodeMusic(music, { cache: join(temporary, 'cache'), progress: () => silent });
  const config = { ...small, frameWidth: BASIC_FRAMES.width, segmentWidth: BASIC_AUDIO.width };
  const layout = layoutOf(config);
  const theta = initialValues(layout, createRandom('tiny'));
  const none = new Float32Array(layout.size);
  await buildBundle({
    tracks,
    checkpoint: {
      config,
      layout,
      theta,
      first: none,
      second: none,
      encoders: {
        image: { ...named(BASIC_FRAMES), ...statisticsOf([await somePictures()], BASIC_FRAMES.width) },
        audio: {
          ...named(BASIC_AUDIO),
          ...statisticsOf(
            tracks.map(({ tokens }) => tokens.data as Float32Array),
            BASIC_AUDIO.width,
          ),
        },
      },
      step: 0,
      seed: 'tiny',
      run: 'tiny',
      history: [],
    },
    folder: TINY_BUNDLE,
    builtAt: new Date(0),
    threads: 1,
  });
}

function named({ name, width }: { name: string; width: number }): { name: string; width: number } {
  return { name, width };
}

/** Raw tokens of ten of the pictures that the tests send. */
async function somePictures(): Promise<Float32Array> {
  const [embedder, decoders] = [createFrameEmbedder(), await nodeDecoders()];
  for (let second = 0; second < 10; second++) embedder.push(await decodeImage(await jpegFrame(second), decoders));
  return embedder.tokens();
}

if (import.meta.main) await makeTinyBundle();
