/**
 * The page for the person who decides: what would have come of the newest posts, beside what costs nothing, and what more posts would bring.
 *
 * A pure function of what was found. One file, no script, nothing loaded from elsewhere; posts and tracks are linked where they lie, by paths from
 * the page's own folder.
 */
import { tasteLine } from '../evaluate/taste.ts';
import type { Share } from '../metrics/share.ts';
import { lineChart } from '../report/chart.ts';
import { html, type Markup, page } from '../report/html.ts';
import type { CurveName, SizeCurve } from './curve.ts';
import type { Learned } from './learned.ts';
import { mediaLink } from './media-link.ts';
import type { Proof, SystemMeasures, WorstCase } from './prove.ts';
import { choiceLines, headline, inPercent, splitLine, sureLine } from './words.ts';

export interface Folders {
  /** Where the page lies, the posts and the music: absolute. */
  out: string;
  posts: string;
  music: string;
}

/** @returns a whole HTML document; equal input gives equal bytes */
export function learningPage(learned: Learned, folders: Folders): string {
  const { posts, proof, choice, curve, taste, init, preset } = learned;
  const title = 'What your posts teach';
  const [first, ...others] = headline(learned);
  const facts: [string, string][] = [
    ['posts', String(posts.all)],
    ['with your music', String(posts.used)],
    ['taught with', `${posts.train} posts`],
    ['chosen by', `${posts.val} posts`],
    ['measured on', `${posts.test} posts`],
    ['tracks', String(proof.tracks)],
    ['network', preset],
    ['begun from', init ?? 'nothing'],
  ];
  const body = html`<main>
<header>
<h1>${title}</h1>
<p><strong>${first}</strong></p>
${others.map((line) => html`<p>${line}</p>\n`)}<p class="quiet">${sureLine(proof)}</p>
<dl class="facts">
${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>
</header>
<section>
<h2>Beside what costs nothing</h2>
${systemsTable(learned)}</section>
<section>
<h2>What was chosen</h2>
${choiceLines(learned).map((line) => html`<p>${line}</p>\n`)}${choiceTable(choice)}</section>
<section>
<h2>What more posts would bring</h2>
${curve ? curveOf(curve, learned) : html`<p>Too few posts to say: with eight to teach with, half of them can be compared with all.</p>`}
</section>
<section>
<h2>The worst ten</h2>
<p class="quiet">Open two links one after the other: the post as it was published, and the moment that would have been proposed first for its pictures.</p>
${worstTable(proof, folders)}</section>
<section>
<h2>How it was measured</h2>
<p>${splitLine(learned)}</p>
${posts.without.length ? html`<p>${withoutLine(posts.without)}</p>\n` : undefined}${taste ? html`<p>${sentence(tasteLine(taste))}</p>\n` : undefined}</section>
</main>`;
  return page(title, body);
}

const SYSTEMS = (begunFrom: boolean): Record<SystemMeasures['name'], string> => ({
  learned: 'learned from your posts',
  before: begunFrom ? 'what it was begun from, without your cues' : 'the same network, untaught',
  popular: 'your most used tracks first',
  usual: 'the usual start of the track',
  any: 'any track',
});

function systemsTable({ proof, init }: Learned): Markup {
  const names = SYSTEMS(init !== undefined);
  const cell = (share: Share | undefined) =>
    share
      ? html`<td>${inPercent(share.share)}<br><span class="quiet">${share.interval.map(inPercent).join(' to ')}</span></td>`
      : html`<td>–</td>`;
  const number = (value: number | undefined, unit: string) =>
    html`<td>${value === undefined ? '–' : `${value.toFixed(2)}${unit}`}</td>`;
  const row = ({ name, track, start }: SystemMeasures) =>
    html`<tr><th scope="row">${names[name]}</th>${cell(track?.first)}${cell(track?.firstFive)}${cell(start?.withinBeat)}${cell(start?.withinHalfSecond)}${cell(start?.onDownbeat)}${number(start?.errorSec, ' s')}${number(start?.overlap, '')}</tr>\n`;
  const columns = [
    'track first',
    'among five',
    'start within a beat',
    'within 0.5 s',
    'on a downbeat',
    'start off, median',
    'overlap',
  ];
  return html`<div class="wide" tabindex="0"><table class="numbers">
<thead><tr><td></td>${columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>
${proof.systems.map(row)}</tbody>
</table></div>
<p class="quiet">In brackets and below: what a share may be in truth, 95 % (Wilson; a post counts once). Starts are those within the editor’s own track, before a service moves them onto a beat; overlap is of moments as long as the clip. ${proof.withCue} of ${proof.pieces} pieces are of a track that an earlier post used, and so has a usual start; beats are known of ${proof.withBeats}.</p>
`;
}

const WAYS = {
  nothing: 'nothing taught, cues only',
  projections: 'projections taught',
  all: 'everything taught',
} as const;

function choiceTable({ judged, chosen }: Learned['choice']): Markup | undefined {
  if (judged.length < 2) return undefined;
  const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;
  return html`<div class="wide" tabindex="0"><table class="numbers">
<thead><tr><td></td>${['score', 'more than nothing taught', '95 %', 'by chance in'].map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>
${judged.map(
  ({ name, score, gain }) =>
    html`<tr><th scope="row">${WAYS[name]}${name === chosen ? ' (chosen)' : ''}</th><td>${score.toFixed(3)}</td><td>${gain ? signed(gain.mean) : '–'}</td><td>${gain ? gain.interval.map(signed).join(' to ') : '–'}</td><td>${gain ? inPercent(gain.chance) : '–'}</td></tr>\n`,
)}</tbody>
</table></div>
`;
}

const CURVE_NAMES: Record<CurveName, string> = { firstFive: 'track among five', withinBeat: 'start within a beat' };

function curveOf({ points, doubling, ahead }: SizeCurve, { way }: Learned): Markup {
  const names = (['firstFive', 'withinBeat'] as const).filter((name) => doubling[name]);
  const chart = lineChart({
    id: 'sizes',
    title: 'The newest posts, by how many were learned from',
    note: `up to ${points.at(-1)!.posts}; the last point is the line through them, gone on to twice as many`,
    x: 'post',
    y: 'share',
    series: names.flatMap((name) => {
      const known = points.map(({ posts, [name]: share }) => ({ x: posts, y: share.share }));
      return [
        { name: CURVE_NAMES[name], points: known },
        { name: `${CURVE_NAMES[name]}, if it goes on`, points: [known.at(-1)!, { x: ahead.posts, y: ahead[name]! }] },
      ];
    }),
  });
  const told = names.map((name) => {
    const { mean, interval } = doubling[name]!;
    const [low, high] = interval;
    const verdict =
      low > 0 ? 'more posts help' : high < 0 ? 'more posts did not help' : 'whether more posts help cannot be told yet';
    const points = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(100 * value).toFixed(1)}`;
    return `${CURVE_NAMES[name][0].toUpperCase()}${CURVE_NAMES[name].slice(1)}: each doubling brought ${points(mean)} points [${points(low)}, ${points(high)}]: ${verdict}. With ${ahead.posts} posts to learn from it would be ${inPercent(ahead[name]!)}, if it goes on like that.`;
  });
  const cuesOnly = way === 'nothing' ? 'Nothing was taught, so that what grows here are the cues alone.' : undefined;
  return html`${told.map((line) => html`<p>${line}</p>\n`)}${cuesOnly && html`<p>${cuesOnly}</p>\n`}<div class="charts">
${chart}</div>
`;
}

function worstTable({ worst, tracks }: Proof, folders: Folders): Markup {
  const span = ({ startSec, endSec }: { startSec: number; endSec: number }) =>
    `${startSec.toFixed(1)} to ${endSec.toFixed(1)} s`;
  const link = (folder: string, file: string, moment: { startSec: number; endSec: number }) =>
    html`<a href="${mediaLink(folders.out, folder, file, moment)}">${file}</a><br><span class="quiet">${span(moment)}</span>`;
  const row = ({ answer, post, track, first, clip }: WorstCase) => {
    const off = Math.abs(answer.found.startSec - answer.truth.startSec);
    const played = { startSec: clip.fromSec, endSec: clip.toSec };
    return html`<tr><td>${link(folders.posts, post, played)}</td><td>${link(folders.music, track, answer.truth)}</td><td>${answer.rank} of ${tracks}</td><td>${off.toFixed(1)} s</td><td>${link(folders.music, first, answer.first.moment)}</td></tr>\n`;
  };
  return html`<div class="wide" tabindex="0"><table>
<thead><tr>${['post', 'your editor’s track', 'our place for it', 'our start in it off by', 'what we would have proposed first'].map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>
${worst.map(row)}</tbody>
</table></div>
`;
}

function withoutLine(without: Learned['posts']['without']): string {
  return `Posts that nothing was learned from: ${without.map(([reason, count]) => `${count} (${reason})`).join(', ')}. log.csv beside this page says it of each.`;
}

const sentence = (line: string): string => `${line[0].toUpperCase()}${line.slice(1)}.`;
