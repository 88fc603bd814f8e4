/** A track of the library: it can be heard at once, and opened for its outline, its highlight and where editors used it. */
import { useEffect, useState } from 'preact/hooks';
import { factsOf } from '../cards/facts.ts';
import { PlayIcon } from '../cards/play-icon.tsx';
import { Waveform } from '../cards/waveform.tsx';
import { type OneTrack, track as readTrack, type Track } from '../service.ts';
import { minutes } from '../times.ts';
import type { Audition } from './use-audition.ts';

export interface RowProps {
  track: Track;
  isOpen: boolean;
  audition: Audition;
  onOpen: () => void;
  onFindPlace?: (id: string) => void;
}

export function Row({ track, isOpen, audition, onOpen, onFindPlace }: RowProps) {
  const { id, title, previewUrl } = track;
  const isThis = previewUrl !== null && audition.url === previewUrl;
  const state = isThis ? audition.state : 'idle';
  return (
    <li class={`track ${state}`}>
      <div class="line">
        <button
          type="button"
          class="play"
          disabled={previewUrl === null}
          aria-label={`${isThis ? 'Stop' : 'Play'} ${title}`}
          onClick={() => (isThis ? audition.stop() : previewUrl && audition.play(previewUrl))}
        >
          <PlayIcon state={state} />
        </button>
        <button type="button" class="open" aria-expanded={isOpen} aria-controls={`track-${id}`} onClick={onOpen}>
          <span class="title">{title}</span>
          <span class="facts">{[...factsOf(track), minutes(track.durationMs)].join(' · ')}</span>
        </button>
      </div>
      <div id={`track-${id}`} hidden={!isOpen}>
        {isOpen && (
          <Whole track={track} isPlaying={state === 'playing'} audition={audition} onFindPlace={onFindPlace} />
        )}
      </div>
    </li>
  );
}

interface WholeProps extends Pick<RowProps, 'track' | 'audition' | 'onFindPlace'> {
  isPlaying: boolean;
}

function Whole({ track, isPlaying, audition, onFindPlace }: WholeProps) {
  const [whole, setWhole] = useState<OneTrack>();
  const [wrong, setWrong] = useState('');
  useEffect(() => {
    readTrack(track.id).then(setWhole, () => setWrong('This track could not be read. Load the page again.'));
  }, []);
  const { title, previewUrl } = track;
  const play = (fromMs: number): void => {
    if (previewUrl) audition.play(previewUrl, fromMs);
  };
  const words = [...(track.genre ?? []), ...(track.tags ?? [])];
  if (!whole) return wrong ? <p role="alert">{wrong}</p> : <div class="waiting outline-space" aria-hidden="true" />;
  const { highlight, cues } = whole;
  return (
    <>
      <Waveform
        title={title}
        waveform={whole.waveform}
        durationMs={track.durationMs}
        beats={whole.beats}
        cuesMs={cues.map((cue) => cue.startMs)}
        moment={highlight ?? undefined}
        positionMs={isPlaying ? audition.positionMs : undefined}
        onSeek={previewUrl ? play : undefined}
      />
      <div class="do">
        {highlight && (
          <button type="button" disabled={!previewUrl} onClick={() => play(highlight.startMs)}>
            Highlight, {minutes(highlight.startMs)}
          </button>
        )}
        {cues.map(({ startMs, uses }) => (
          <button key={startMs} type="button" class="cue" disabled={!previewUrl} onClick={() => play(startMs)}>
            {minutes(startMs)}, used {uses === 1 ? 'once' : `${uses} times`}
          </button>
        ))}
        {onFindPlace && (
          <button type="button" class="use" onClick={() => onFindPlace(track.id)}>
            Find the place in this track
          </button>
        )}
      </div>
      {words.length > 0 && <p class="note">{words.join(', ')}</p>}
      <dl class="more">
        {factsBeside(track).map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      {!previewUrl && <p class="note">This library has no preview of it.</p>}
    </>
  );
}

/** What the line above it does not say. */
function factsBeside({
  album,
  instrumental,
  explicit,
  loudnessLufs,
  beatsPerBar,
  territories,
  fields = {},
}: Track): [string, string][] {
  const facts: [string, string | undefined][] = [
    ['Album', album],
    ['Voice', instrumental === undefined ? undefined : instrumental ? 'instrumental' : 'with voice'],
    ['Explicit', explicit === undefined ? undefined : explicit ? 'yes' : 'no'],
    ['Loudness', loudnessLufs === null ? 'silence' : `${loudnessLufs.toFixed(1)} LUFS`],
    ['Beats in a bar', beatsPerBar === null ? undefined : String(beatsPerBar)],
    ['Where it may be used', territories?.join(', ') || undefined],
    ...Object.entries(fields).map(([name, value]): [string, string] => [
      name,
      Array.isArray(value) ? value.join(', ') : String(value),
    ]),
  ];
  return facts.filter((fact): fact is [string, string] => fact[1] !== undefined && fact[1] !== '');
}
