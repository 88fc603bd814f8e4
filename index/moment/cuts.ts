/**
 * Put a clip's cuts on the music's beats: of the starts within half a bar, the one that most cuts fall on beats for.
 *
 * A cut is taken to be on a beat within 60 ms: two frames of film, about what is seen as together (ITU-R BT.1359 lets sound be 45 ms early and
 * 125 ms late). Bars and beats are beat-grid.ts's; that a moment is as long as before is placement.ts's.
 */
import { barAround, barLines, beatAround, lineFrom, type Music, nearestLine } from './beat-grid.ts';
import type { Span } from './moment.ts';
import type { Snap } from './snap.ts';

/** A cut this near to a beat is on it. */
export const ON_BEAT_MS = 60;

/** A cut and the beat that is nearest to it, both in milliseconds of the clip. */
export interface CutBeat {
  atMs: number;
  /** null where no music plays, or none that has beats. */
  beatMs: number | null;
  /** beatMs − atMs: negative where the beat comes first. */
  offMs: number | null;
}

/** @param passMs how long the music is before it is repeated, where it is */
export interface CutQuestion {
  cutsMs: readonly number[];
  span: Span;
  music: Music;
  passMs?: number;
}

/**
 * How far to move the span, at most half a bar (of a track without bars, half a beat) and within its room. Most cuts on beats win, then
 * those nearest to their beats, then the shortest way, then the earlier start. 0 where no start brings a cut onto a beat.
 */
export function shiftForCuts(question: CutQuestion, room: Span): number {
  const { span, music } = question;
  const reach = Math.floor((barAround(barLines(music), span.startMs) || beatAround(music, span.startMs)) / 2);
  const earliest = Math.max(-reach, room.startMs - span.startMs);
  const latest = Math.min(reach, room.endMs - span.endMs);
  if (latest < earliest) return 0;
  const onBeats = new Uint16Array(latest - earliest + 1); // by shift
  const off = new Uint32Array(latest - earliest + 1);
  for (const cutMs of cutsInMusic(question)) {
    const { beatsMs } = music;
    const inTrack = span.startMs + cutMs;
    for (let at = inTrack + earliest, end = inTrack + latest; at <= end; ) {
      const beat = nearestLine(beatsMs, at);
      if (beat < 0) break;
      const beatMs = beatsMs[beat];
      const next = beat + 1 < beatsMs.length ? beatsMs[beat + 1] : Number.POSITIVE_INFINITY;
      const last = Math.min(beatMs + ON_BEAT_MS, Math.floor((beatMs + next) / 2), end); // nearer to this beat than to the next
      for (let on = Math.max(at, beatMs - ON_BEAT_MS); on <= last; on++) {
        onBeats[on - inTrack - earliest]++;
        off[on - inTrack - earliest] += Math.abs(on - beatMs);
      }
      at = Math.max(last + 1, at + 1, Math.min(next - ON_BEAT_MS, end + 1));
    }
  }
  return bestShift(onBeats, off, earliest);
}

function bestShift(onBeats: Uint16Array, off: Uint32Array, earliest: number): number {
  let best = 0;
  let [most, least] = earliest <= 0 && -earliest < onBeats.length ? [onBeats[-earliest], off[-earliest]] : [0, 0];
  for (let i = 0; i < onBeats.length; i++) {
    const shift = i + earliest;
    if (onBeats[i] < most || (onBeats[i] === most && off[i] > least)) continue;
    const isBetter = onBeats[i] > most || off[i] < least || Math.abs(shift) < Math.abs(best);
    if (isBetter) [best, most, least] = [shift, onBeats[i], off[i]];
  }
  return best;
}

/** Each cut with its beat, in the order given; and which share of those that have music is on one, null where none has. */
export function cutsOnBeats(question: CutQuestion): { cuts: CutBeat[]; share: number | null } {
  const { cutsMs, span, music, passMs } = question;
  const lengthMs = passMs ?? span.endMs - span.startMs;
  const cuts = cutsMs.map((atMs): CutBeat => {
    const before = passMs === undefined ? 0 : Math.floor(atMs / passMs) * passMs;
    const inTrack = span.startMs + atMs - before;
    const beat = atMs - before < lengthMs ? nearestLine(music.beatsMs, inTrack) : -1;
    if (beat < 0) return { atMs, beatMs: null, offMs: null };
    const offMs = music.beatsMs[beat] - inTrack;
    return { atMs, beatMs: atMs + offMs, offMs };
  });
  const heard = cuts.filter(({ offMs }) => offMs !== null);
  const on = heard.filter(({ offMs }) => Math.abs(offMs!) <= ON_BEAT_MS);
  return { cuts, share: heard.length > 0 ? Math.round((1000 * on.length) / heard.length) / 1000 : null };
}

/** What a start lies on, to the millisecond. */
export function lineAt(startMs: number, music: Music): Snap {
  const isOn = (lines: Uint32Array): boolean => lines[lineFrom(lines, startMs)] === startMs;
  return isOn(barLines(music)) ? 'downbeat' : isOn(music.beatsMs) ? 'beat' : 'none';
}

/** From the moment's start; of a repeated moment, within its pass. What lies behind its end has no music. */
function cutsInMusic({ cutsMs, span, passMs }: CutQuestion): number[] {
  if (passMs !== undefined) return cutsMs.map((cutMs) => cutMs % passMs);
  return cutsMs.filter((cutMs) => cutMs < span.endMs - span.startMs);
}
