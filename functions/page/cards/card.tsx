/** One moment: what it is, why it is here, where in its track it lies, and what can be done with it. */
import type { OneTrack } from '../api/types.ts';
import { HandOver } from '../export/hand-over.tsx';
import type { Levels, Music } from '../player/music-plan.ts';
import { beatsUnder, type Moment, piecesOf } from '../player/music-plan.ts';
import { type InClip, isOnBeat } from '../player/timeline.tsx';
import { hundredths, minutes } from '../times.ts';
import type { Clip } from '../use-clip.ts';
import { factsOf } from './facts.ts';
import { PlayIcon } from './play-icon.tsx';
import { type Beats, type Grain, step } from './snap.ts';
import { Waveform } from './waveform.tsx';

export interface CardProps {
  /** As the service gave it. */
  answered: Moment;
  /** As it is now: it may have been moved. */
  moment: Moment;
  /** Once it is there. */
  whole?: OneTrack;
  /** Of the track, in its time; undefined while they are not there, and it cannot be moved. */
  beats?: Beats;
  grain: Grain;
  clip: Clip;
  clipMs: number;
  /** Of 0 to 1 among the moments of the answer. */
  share: number;
  state: 'idle' | 'loading' | 'playing';
  /** It as it is played; undefined without a preview. */
  music?: Music;
  levels: () => Levels;
  isUsed: boolean;
  onPlay: () => void;
  onMove: (startMs: number) => void;
  onUse: () => void;
  onFindPlace?: () => void;
  onRefuse: () => void;
  onFailed: (reason: unknown) => void;
}

export function Card(props: CardProps) {
  const { answered, moment, whole, beats, grain, clip, clipMs, share, state, isUsed, onMove } = props;
  const { track, rank, startMs, endMs } = moment;
  const { title } = track;
  const canPlay = track.previewUrl !== null;
  const lastMs = Math.max(0, track.durationMs - (endMs - startMs));
  const places = [answered, ...answered.alternatives].filter((place) => place.startMs !== startMs);
  const facts = factsOf(track);
  return (
    <li class={`card ${state}`}>
      <div class="head">
        <button
          type="button"
          class="play"
          disabled={!canPlay}
          aria-label={`${state === 'playing' ? 'Stop' : 'Play'} ${title}`}
          onClick={props.onPlay}
        >
          <PlayIcon state={state} />
        </button>
        <div class="what">
          <h3>
            <span class="rank">{rank}</span> {title}
          </h3>
          <p class="facts">{facts.length > 0 ? facts.join(' · ') : 'nothing more is known of it'}</p>
        </div>
        <div class="why">
          <span class="meter" aria-hidden="true">
            <span style={{ width: `${Math.round(100 * share)}%` }} />
          </span>
          <span class="number">relevance {hundredths(moment.relevance)}</span>
        </div>
      </div>
      {moment.source === 'cue' && <p class="badge">Used here by editors before</p>}
      <Waveform
        title={title}
        waveform={track.waveform}
        durationMs={track.durationMs}
        curve={moment.curve}
        beats={beats}
        cuesMs={whole?.cues.map((cue) => cue.startMs)}
        places={places.map((place) => place.startMs)}
        moment={moment}
        grain={grain}
        onMove={onMove}
        positionMs={state === 'playing' ? () => positionIn(moment) : undefined}
      />
      <div class="foot">
        <p class="span">
          from {minutes(startMs)} to {minutes(endMs)} of {minutes(track.durationMs)}
          <span class="note">{noteOf(answered, moment, clip.found, clipMs)}</span>
        </p>
        <div class="nudge">
          {([-1, 1] as const).map((way) => (
            <button
              key={way}
              type="button"
              disabled={!beats}
              aria-label={`${title}: ${GRAIN_STEPS[grain]} ${way < 0 ? 'earlier' : 'later'}`}
              onClick={() => beats && onMove(step(startMs, way, grain, beats, lastMs))}
            >
              <svg viewBox="0 0 24 24" aria-hidden="true">
                <path d={way < 0 ? 'M15 5l-7 7 7 7' : 'M9 5l7 7-7 7'} />
              </svg>
            </button>
          ))}
        </div>
      </div>
      <div class="do">
        <button type="button" class="use" aria-pressed={isUsed} onClick={props.onUse}>
          {isUsed ? 'Used ✓' : 'Use this'}
        </button>
        <button type="button" class="quiet" onClick={props.onRefuse}>
          Not this one
        </button>
        {props.onFindPlace && (
          <button type="button" class="quiet" onClick={props.onFindPlace}>
            Find the place in this track
          </button>
        )}
      </div>
      {!canPlay && <p class="note">This library has no preview of it.</p>}
      {isUsed && (
        <HandOver
          clip={clip}
          moment={moment}
          whole={whole}
          music={props.music}
          levels={props.levels}
          onFailed={props.onFailed}
        />
      )}
    </li>
  );
}

const GRAIN_STEPS: Readonly<Record<Grain, string>> = { bar: 'a bar', beat: 'a beat', free: 'a tenth of a second' };

/** Of the track, by where the clip is. */
function positionIn({ startMs, endMs }: Moment): number | undefined {
  const video = document.querySelector<HTMLVideoElement>('.stage video');
  if (!video || video.paused) return undefined;
  return startMs + ((video.currentTime * 1000) % Math.max(1, endMs - startMs));
}

function noteOf(answered: Moment, moment: Moment, { cutsMs = [] }: InClip, clipMs: number): string {
  const { snap, bars, shortfallMs, hit, cuts } = answered;
  const onBeats = cuts && cutsMs.length > 0 ? cutsOnBeats(moment, cutsMs, clipMs) : '';
  if (moment.startMs !== answered.startMs) return ['moved by you', onBeats].filter(Boolean).join('; ');
  if (shortfallMs) return `${(shortfallMs / 1000).toFixed(1)} s shorter than the clip`;
  if (hit) return `its strongest beat at ${(hit.atMs / 1000).toFixed(1)} s of the clip`;
  if (onBeats) return onBeats;
  if (bars) return `${bars} bars`;
  return { downbeat: 'starts with a bar', beat: 'starts on a beat', none: '' }[snap.kind];
}

function cutsOnBeats(moment: Moment, cutsMs: readonly number[], clipMs: number): string {
  const move = (list: readonly number[]): number[] => list.map((ms) => ms + moment.startMs);
  const { beatsMs, downbeatsMs } = moment.beats;
  const beats = beatsUnder(piecesOf(moment, clipMs), { beatsMs: move(beatsMs), downbeatsMs: move(downbeatsMs) });
  return `${cutsMs.filter((ms) => isOnBeat(ms, beats)).length} of ${cutsMs.length} cuts on beats`;
}
