/** One moment: what it is, why it is here, where in its track it lies, and what can be done with it. */
import { useEffect, useState } from 'preact/hooks';
import type { Moment } from '../player/music-plan.ts';
import { type OneTrack, track as readTrack } from '../service.ts';
import { hundredths, minutes } from '../times.ts';
import { Waveform } from './waveform.tsx';

export interface CardProps {
  moment: Moment;
  /** Where it starts now: it may have been moved. */
  startMs: number;
  /** Of 0 to 1 among the moments of the answer. */
  share: number;
  state: 'idle' | 'loading' | 'playing';
  isUsed: boolean;
  positionMs: () => number | undefined;
  onPlay: () => void;
  onMove: (startMs: number) => void;
  onUse: () => void;
  onFindPlace?: () => void;
  onRefuse: () => void;
}

export function Card(props: CardProps) {
  const { moment, startMs, share, state, isUsed } = props;
  const { track, rank } = moment;
  const [whole, setWhole] = useState<OneTrack>();
  useEffect(() => {
    let isHere = true;
    readTrack(track.id).then(
      (answer) => isHere && setWhole(answer),
      () => undefined, // the moment can still be heard; it moves freely
    );
    return () => {
      isHere = false;
    };
  }, [track.id]);
  const endMs = startMs + moment.endMs - moment.startMs;
  const title = track.title;
  const canPlay = track.previewUrl !== null;
  const beats = whole?.beats ?? withinTrack(moment);
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
          <p class="facts">{factsOf(track).join(' · ')}</p>
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
        moment={{ startMs, endMs }}
        onMove={props.onMove}
        positionMs={state === 'playing' ? props.positionMs : undefined}
      />
      <p class="span">
        from {minutes(startMs)} to {minutes(endMs)} of {minutes(track.durationMs)}
        <span class="note">{noteOf(moment, startMs)}</span>
      </p>
      <div class="do">
        {[moment, ...moment.alternatives].length > 1 && (
          <fieldset class="places">
            <legend>Also in this track</legend>
            {[moment, ...moment.alternatives].map((place) => (
              <button
                type="button"
                key={place.startMs}
                aria-pressed={place.startMs === startMs}
                onClick={() => props.onMove(place.startMs)}
              >
                {minutes(place.startMs)}
              </button>
            ))}
          </fieldset>
        )}
        <button type="button" class="use" aria-pressed={isUsed} onClick={props.onUse}>
          {isUsed ? 'Used ✓' : 'Use this'}
        </button>
        {props.onFindPlace && (
          <button type="button" onClick={props.onFindPlace}>
            Find the place in this track
          </button>
        )}
        <button type="button" onClick={props.onRefuse}>
          Not this one
        </button>
      </div>
      {!canPlay && <p class="note">This library has no preview of it.</p>}
    </li>
  );
}

export function PlayIcon({ state }: { state: CardProps['state'] }) {
  if (state === 'loading') return <span class="spinner" aria-hidden="true" />;
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true">
      <path d={state === 'playing' ? 'M6 5h4v14H6zM14 5h4v14h-4z' : 'M7 4.5v15l13-7.5z'} />
    </svg>
  );
}

export function factsOf(track: {
  artist?: string | null;
  licence?: string | null;
  bpm: number | null;
  key: string | null;
}): string[] {
  const bpm = track.bpm === null ? undefined : `${Math.round(track.bpm)} bpm`;
  return [track.artist, bpm, track.key, track.licence].filter((fact): fact is string => Boolean(fact));
}

function noteOf({ snap, startMs: answered, bars, shortfallMs, hit }: Moment, startMs: number): string {
  if (startMs !== answered) return 'moved by you';
  if (shortfallMs) return `${(shortfallMs / 1000).toFixed(1)} s shorter than the clip`;
  if (hit) return `its strongest beat at ${(hit.atMs / 1000).toFixed(1)} s of the clip`;
  if (bars) return `${bars} bars`;
  return { downbeat: 'starts with a bar', beat: 'starts on a beat', none: '' }[snap.kind];
}

/** Until the whole track's beats are there. */
function withinTrack({ startMs, beats }: Moment) {
  const moved = (list: readonly number[]): number[] => list.map((ms) => ms + startMs);
  return { beatsMs: moved(beats.beatsMs), downbeatsMs: moved(beats.downbeatsMs) };
}
