/** `cuepoint simulate`: a seeded world of tokens to train on, and its bounds: an oracle and a linear matcher. */
import { defineCommand } from 'citty';
import { shareFrom } from '../data/hold-out.ts';
import { simulate } from '../worlds/simulated/simulate.ts';
import { WIDTHS } from '../worlds/simulated/tokens.ts';
import { SIZES, sizesFor, type WorldSizes } from '../worlds/simulated/world.ts';
import { fromHere, HOLD_OUT, print, progress, WRITES, withUserErrors } from './command.ts';

export const simulateCommand = defineCommand({
  meta: {
    name: 'simulate',
    description: "Write a simulated data set with MGSV-EC's statistics and measure its ceiling.",
  },
  args: {
    out: {
      type: 'string',
      valueHint: WRITES.folder,
      required: true,
      description: 'a new folder, to train on with `cuepoint train --data`',
    },
    size: { type: 'string', default: 'small', description: `${Object.keys(SIZES).join(', ')}: preset numbers` },
    tracks: { type: 'string', description: 'tracks, instead of those of the size' },
    videos: { type: 'string', description: 'clips, instead; one in twelve for validation, one for test' },
    seed: { type: 'string', default: '1', description: 'everything drawn at random comes from it' },
    'hold-out-tracks': HOLD_OUT,
    'without-favourite': {
      type: 'string',
      description: 'share of the tracks in which no moment is used more than others; a tenth unless given',
    },
    'frame-width': { type: 'string', default: String(WIDTHS.frame), description: 'values of a frame' },
    'segment-width': { type: 'string', default: String(WIDTHS.segment), description: 'values of a segment' },
  },
  run: withUserErrors(async ({ args }) => {
    const { metrics, lines } = await simulate({
      out: fromHere(args.out),
      sizes: sizesOf(args),
      widths: {
        frame: atLeast(1, '--frame-width', args['frame-width']),
        segment: atLeast(1, '--segment-width', args['segment-width']),
      },
      seed: args.seed,
      heldOutShare: shareFrom('--hold-out-tracks', args['hold-out-tracks']),
      withoutFavourite: args['without-favourite']
        ? shareFrom('--without-favourite', args['without-favourite'])
        : undefined,
      start: progress,
    });
    print(`${args.out}: written. Train on it with \`cuepoint train --data ${args.out} --out FOLDER\`.\n`);
    print(lines.join('\n'));
    const { oracle, linear } = metrics;
    print(`\nThe ceiling by listening and watching is R@1 ${oracle.r1.toFixed(3)}, mIoU ${oracle.mIoU.toFixed(3)}.`);
    print(`A network has learned something when it beats R@1 ${linear.r1.toFixed(3)}, mIoU ${linear.mIoU.toFixed(3)}.`);
  }),
});

function sizesOf({ size, tracks, videos }: { size: string; tracks?: string; videos?: string }): WorldSizes {
  const preset = SIZES[size];
  if (!preset) throw new Error(`--size: expected one of ${Object.keys(SIZES).join(', ')}, got "${size}".`);
  if (!tracks && !videos) return preset;
  return sizesFor(
    tracks ? atLeast(2, '--tracks', tracks) : preset.tracks,
    videos ? atLeast(12, '--videos', videos) : preset.train + preset.val + preset.test,
  );
}

function atLeast(least: number, flag: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  throw new Error(`${flag}: expected a whole number from ${least}, got "${text}".`);
}
