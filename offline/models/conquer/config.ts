/**
 * Every number of CONQUER and its training.
 *
 * Source: "CONQUER: Contextual Query-aware Ranking for Video Corpus Moment Retrieval" (Hou, Ngo and Chan, ACM MM 2021) as "Music Grounding by
 * Short Video" (ICCV 2025, Table 4) repurposes it. The paper does not say which of its layouts has 39.4 M parameters: the one with the
 * head that scores tracks, without blocks in the two encoders and without a projection of the music does. How clips and tracks enter is
 * data/input-config.ts.
 */
import { MOST_SECONDS } from '../../data/input-config.ts';
import { checkNumbers, type Kind, refusal } from '../config-check.ts';
import type { BaseConfig } from '../family.ts';
import { type MvptConfig, checkConfig as mvptCheck, mvptPlus } from '../mvpt/config.ts';

const RANKINGS = ['moment', 'track'] as const;

/** Of the network and its training. */
export interface ConquerConfig extends BaseConfig {
  model: 'conquer';
  /** The layout that was released, of 54.2 M parameters: a block in each encoder, and the music projected. */
  released: boolean;
  heads: number;
  /** Width of the feed-forwards. */
  ffn: number;
  /** Rows of the tables of learned positions: the longest clip and track that there can be. */
  positions: { frames: number; segments: number };
  /** Values between the two layers that give a logit, of begin, end and track. */
  scoreWidth: number;
  /** Segments to each side that begin and end are told by. */
  scoreReach: number;
  dropout: number;
  /** Longest moment that is answered, in segments. */
  maxMomentSegments: number;
  /** Tracks that training compares a pair's own with, drawn from so many at the top of the ranking. */
  rivals: number;
  rivalsFrom: number;
  /** Tracks at the top of the ranking that are scored for a clip; the others keep their order behind them. */
  candidates: number;
  /** What candidates are ranked by: r · b · e ('moment'), or r, a track's share among them, alone ('track'). */
  rankBy: (typeof RANKINGS)[number];
  /** What ranks first: its parameters are part of a checkpoint, and are not trained. */
  ranker: MvptConfig;
  loss: { moment: number; track: number };
}

/** With 39.4 M parameters beside its ranker's. */
export const conquer: ConquerConfig = {
  model: 'conquer',
  preset: 'conquer',
  frameWidth: 512,
  segmentWidth: 768,
  standardise: false,
  width: 768, // BERT's, and AST's: the music needs no projection
  released: false,
  heads: 12,
  ffn: 3072,
  positions: { frames: 50, segments: 100 }, // the release has 30 words of a query and 100 clips of a video
  scoreWidth: 128,
  scoreReach: 2, // convolutions five wide
  dropout: 0.1,
  maxFrames: 50,
  maxSegments: 96,
  maxDurationSec: MOST_SECONDS,
  strideSec: 2.5,
  maxMomentSegments: 24, // 60 s
  rivals: 3,
  rivalsFrom: 100,
  candidates: 100, // those that MoR@100 asks for
  rankBy: 'moment', // as the release answers with a moment of a track
  ranker: mvptPlus, // the better ranker of the two that the paper has
  loss: { moment: 0.01, track: 0.05 }, // the release's
  cuePrior: 0,
  spliceShare: 0,
  cropShare: 0,
  trackNoise: 0,
  learningRate: 1e-4,
  warmup: 0.02,
  clipNorm: 1,
};

const NUMBERS: Readonly<Record<string, Kind>> = {
  heads: 'fromOne',
  ffn: 'fromOne',
  scoreWidth: 'fromOne',
  scoreReach: 'fromNone',
  dropout: 'part',
  maxMomentSegments: 'fromOne',
  rivals: 'fromOne',
  rivalsFrom: 'fromOne',
  candidates: 'fromOne',
  'positions.frames': 'fromOne',
  'positions.segments': 'fromOne',
  'loss.moment': 'fromZero',
  'loss.track': 'fromZero',
};

/** What both must be given alike: the ranker gets the tokens of the network. */
const SHARED = ['frameWidth', 'segmentWidth', 'standardise', 'cuePrior', 'maxFrames', 'maxSegments'] as const;

/** What training would do to a pair's own track and not to its rivals, by which it could be told from them. */
const OF_OWN_TRACK = ['cuePrior', 'cropShare', 'trackNoise'] as const;

/** @throws Error naming the key whose value is out of range or does not go with another */
export function checkConfig(config: ConquerConfig): void {
  checkNumbers(config, NUMBERS);
  const { width, heads, rivals, rivalsFrom, ranker, rankBy } = config;
  if (!RANKINGS.includes(rankBy)) throw refusal('rankBy', `one of ${RANKINGS.join(', ')}`, rankBy);
  if (width % heads) throw refusal('heads', `a number that divides the width ${width}`, heads);
  for (const [key, most] of [
    ['frames', config.maxFrames],
    ['segments', config.maxSegments],
  ] as const)
    if (config.positions[key] < most)
      throw refusal(`positions.${key}`, `at least ${most}, the longest that there may be`, config.positions[key]);
  if (rivalsFrom < rivals) throw refusal('rivalsFrom', `at least ${rivals}, the number of rivals`, rivalsFrom);
  for (const key of OF_OWN_TRACK)
    if (config[key]) throw refusal(key, '0, since rivals are shown as they are', config[key]);
  mvptCheck(ranker);
  for (const key of SHARED)
    if (config[key] !== ranker[key])
      throw refusal(
        key,
        `${ranker[key]}, as the network that ranks has it`,
        config[key],
        'Train both on one form of tokens.',
      );
}
