/** A network of a few thousand parameters and a data set of a few hundred numbers, in which clips can be matched to tracks. */
import type { Annotation } from '../../../offline/data/annotations.ts';
import type { Dataset } from '../../../offline/data/dataset.ts';
import type { NamedTensor } from '../../../offline/formats/safetensors.ts';
import { createRandom, type Random } from '../../../offline/lib/random.ts';
import type { MadeConfig } from '../../../offline/models/made/config.ts';
import { fullMade } from '../../fixtures/made-configs.ts';

export const tinyConfig: MadeConfig = {
  ...fullMade,
  preset: 'tiny',
  standardise: true,
  frameWidth: 4,
  segmentWidth: 5,
  width: 16,
  heads: { enhancement: 4, detection: 4 },
  enhancementFfn: 16,
  detectionFfn: 16,
  encoderLayers: 1,
  decoderLayers: 1,
  maxFrames: 8,
  maxSegments: 10,
  maxDurationSec: 25,
  dropout: { enhancement: 0.1, matching: 0.1, detection: 0.1 },
  loss: { l1: 4, giou: 1, foreground: 0, everyLayer: true, attention: 0, saliency: 0, maskSameTrack: true },
  detectionStart: 'xavier',
  cuePrior: 0,
  spliceShare: 0,
  cropShare: 0.5,
  learningRate: 3e-3,
};

const TRACKS = 8;
const CLIPS_PER_TRACK = 2;
const SEGMENTS = 9;

/**
 * Every track has its own direction, which its clips share; within a track one half differs from the other, and a clip
 * looks like the half that it follows. Two clips of a track are for training; validation and test have one each of half of them.
 */
export function tinyDataset(seed = 'tiny'): Dataset {
  const random = createRandom(seed);
  const tracks = new Map<string, NamedTensor>();
  const videos = new Map<string, NamedTensor>();
  const splits: Dataset['splits'] = { train: [], val: [], test: [] };
  for (let t = 0; t < TRACKS; t++) {
    const musicId = `track ${t} (夜)`;
    const own = random.fork(musicId);
    const direction = Array.from({ length: 3 }, () => own.uniform(-2, 2));
    const half = (second: number) => (second < 11.25 ? -1 : 1);
    tracks.set(
      musicId,
      rows(SEGMENTS, (j) => [...direction, half(j * 2.5), own.normal() * 0.1]),
    );
    const clip = (split: keyof Dataset['splits'], name: string) => {
      const startSec = own.pick([0, 11.25]);
      const row: Annotation = {
        videoId: `${musicId}/${name}`,
        musicId,
        musicStartSec: startSec,
        musicEndSec: startSec + 6.5,
        musicTotalSec: SEGMENTS * 2.5,
        videoSec: 6.5,
      };
      splits[split].push(row);
      videos.set(
        row.videoId,
        rows(7, () => [...direction.map((x) => x + noise(own)), half(startSec) + noise(own)]),
      );
    };
    for (let c = 0; c < CLIPS_PER_TRACK; c++) clip('train', `train ${c}`);
    clip(t % 2 ? 'val' : 'test', 'held out');
  }
  return { encoders: { image: 'tiny-image', audio: 'tiny-audio' }, splits, videos, tracks };
}

function rows(count: number, row: (i: number) => number[]): NamedTensor {
  const all = Array.from({ length: count }, (_, i) => row(i));
  return { shape: [count, all[0].length], data: Float32Array.from(all.flat()) };
}

const noise = (random: Random): number => 0.1 * random.normal();
