/** What was found, in sentences for people: the page has them, and the command prints the first of them. */
import type { Share } from '../metrics/share.ts';
import type { Learned } from './learned.ts';
import type { Proof } from './prove.ts';

/** With a decimal below ten, where it says something. */
export function inPercent(share: number): string {
  if (!Number.isFinite(share)) return '–';
  const percent = 100 * share;
  return `${Number(percent.toFixed(percent < 9.95 ? 1 : 0))} %`;
}

/** `43 % [26 %, 61 %]` */
export const shareText = ({ share, interval }: Share): string =>
  `${inPercent(share)} [${interval.map(inPercent).join(', ')}]`;

const posts = (count: number): string => (count === 1 ? '1 post' : `${count} posts`);
const pieces = (count: number): string => (count === 1 ? '1 piece of music' : `${count} pieces of music`);

/** The first says it all. */
export function headline({ proof, posts: { by }, init }: Learned): string[] {
  const of = (name: Proof['systems'][number]['name']) => proof.systems.find((system) => system.name === name)!;
  const [learned, before, popular, usual, any] = (['learned', 'before', 'popular', 'usual', 'any'] as const).map(of);
  const which = by === 'date' ? `your newest ${posts(proof.posts)}` : `${posts(proof.posts)} drawn from yours`;
  const { firstFive } = learned.track!;
  const { withinBeat, withinHalfSecond } = learned.start!;
  const start = Number.isNaN(withinBeat.share)
    ? `the start within half a second of theirs in ${shareText(withinHalfSecond)}`
    : `the start within a beat of theirs in ${shareText(withinBeat)}`;
  const startOf = (system: typeof learned) =>
    inPercent((Number.isNaN(withinBeat.share) ? system.start!.withinHalfSecond : system.start!.withinBeat).share);
  return [
    `Of ${which} (${pieces(proof.pieces)}, ${proof.tracks} tracks to choose from), your editor's own track was among our first five in ${shareText(firstFive)}, and ${start}.`,
    `Beside it: your most used tracks have theirs among five in ${inPercent(popular.track!.firstFive.share)}, any five tracks in ${inPercent(any.track!.firstFive.share)}; the usual start of the track is as near in ${startOf(usual)}. ${init ? 'What it was begun from' : 'The untaught network'}, without your cues: ${inPercent(before.track!.firstFive.share)} and ${startOf(before)}.`,
  ];
}

/** With how many posts a share is how sure. */
export function sureLine({ posts: count }: Proof): string {
  const half = Math.round((100 * 0.98) / Math.sqrt(count));
  return `[ ]: what a share may be in truth, 95 %. With ${posts(count)} to measure on, a share near a half is known to about ${half} points either way.`;
}

export function splitLine({ posts: { train, val, test, by, undated }, proof }: Learned): string {
  const how =
    by === 'date'
      ? `The newest ${posts(test)} were measured on, the ${val} before them chosen by, the ${train} older ones taught with${undated ? ` (${undated} of them have no date and were taken for old)` : ''}.`
      : `Too few posts have a date, so they were drawn: ${test} to measure on, ${val} to choose by, ${train} to teach with. A column "date" in posts.csv among the posts, or dates in their names, lets the newest be measured on.`;
  return `${how} No post stands on two sides, whatever it has of music. Each was asked about by its pictures alone, against all ${proof.tracks} tracks, as the service answers; its own uses were not known.`;
}

export function choiceLines({ way, choice, init, proof }: Learned): string[] {
  if (!init) return [`A network was taught from nothing, so there was nothing to choose.${beatsPopularity(proof)}`];
  const { posts: count, level, judged } = choice;
  const score = `The score is the mean of 1 / rank of the editor's track and of the overlap with their moment, on ${posts(count)} that nothing was taught with.`;
  const rule = `A taught model is taken only if it is better beyond chance: its gain's interval lies above 0, and chance alone gives as much in fewer than ${inPercent(level)} of cases.`;
  const best = judged.slice(1).sort((a, b) => b.score - a.score)[0];
  const seldom = 1 / 2 ** count > level ? ` With ${posts(count)} no gain could be so sure.` : '';
  const taken = {
    nothing: `Nothing was taught: the model stays as it came, with the cues of your posts.${best && best.score > judged[0].score ? ` The best taught one scored more, and not surely so.${seldom}` : ''}`,
    projections:
      'The projections were taught: how the model reads your pictures and your music. What it makes of them stayed.',
    all: 'Everything was taught.',
  }[way];
  return [taken, `${score} ${rule}`];
}

function beatsPopularity({ systems }: Proof): string {
  const five = (name: 'learned' | 'popular') => systems.find((system) => system.name === name)!.track!.firstFive.share;
  return five('learned') > five('popular')
    ? ''
    : ' It does not find tracks better than naming your most used ones. Begin from a model that knows something (--init), or bring more posts.';
}
