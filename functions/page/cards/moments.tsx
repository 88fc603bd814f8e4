/** The answer as cards: one plays, some may have been moved, and what was used is told to the service. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { gainPoints } from '../../../index/edit/gain-points.ts';
import { beatsUnder, type Moment, type Music, movedTo, piecesOf } from '../player/music-plan.ts';
import type { Player } from '../player/player.ts';
import { type Answered, type FeedbackEvent, sendFeedback } from '../service.ts';
import type { Clip } from '../use-clip.ts';
import { Card } from './card.tsx';
import { Grains } from './grains.tsx';
import type { Beats, Grain } from './snap.ts';
import { useTracks } from './use-tracks.ts';

export interface MomentsProps {
  answered: Answered;
  clip: Clip;
  /** The answer is one track's. */
  inTrack: boolean;
  player: Player;
  /** How many tracks were sent away. */
  excluded: number;
  onFailed: (reason: unknown) => void;
  onFindPlace: (trackId: string) => void;
  onAll: () => void;
  onRefuse: (trackId: string) => void;
  onRefuseNone: () => void;
  /** Where there are filters. */
  onNoFilters?: () => void;
}

export function Moments(props: MomentsProps) {
  const { answered, clip, player, inTrack, onFailed } = props;
  const { moments } = answered.answer;
  const clipMs = answered.answer.clip.durationMs;
  const [starts, setStarts] = useState<Readonly<Record<string, number>>>({});
  const [used, setUsed] = useState<readonly string[]>([]);
  const [grain, setGrain] = useState<Grain>('bar');
  const tracks = useTracks(moments.map(({ track }) => track.id));
  const played = useRef(new Set<string>());
  const heading = useRef<HTMLHeadingElement>(null);
  /** Undefined while nobody knows: then it cannot be moved. */
  const beatsOf = ({ track }: Moment): Beats | undefined => {
    const whole = tracks[track.id];
    return whole === null ? NO_BEATS : whole?.beats;
  };
  /** As it was answered, or from where it was moved to. */
  const now = (moment: Moment, startMs = starts[moment.track.id] ?? moment.startMs): Moment => ({
    ...movedTo(moment, startMs),
    beats: startMs === moment.startMs ? moment.beats : from(startMs, beatsOf(moment) ?? NO_BEATS),
  });

  function musicOf(moment: Moment): Music | undefined {
    const { track, mix } = moment;
    if (track.previewUrl === null) return undefined;
    const beats = beatsUnder(piecesOf(moment, clipMs), withinTrack(moment));
    return { ...moment, url: track.previewUrl, name: track.id, beats, gain: gainPoints(mix, clipMs) };
  }

  function play(moment: Moment): void {
    const music = musicOf(moment);
    if (!music) return;
    played.current.add(moment.track.id);
    player.play(music).catch(onFailed);
  }

  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
    const first = moments.find(({ track }) => track.previewUrl !== null);
    const music = first && musicOf(first);
    if (!music) return;
    // A page may sound once its person has pressed something.
    if (navigator.userActivation?.hasBeenActive !== false) play(first);
    else player.choose(music);
  }, []);

  function use(moment: Moment): void {
    if (used.includes(moment.track.id)) return;
    setUsed([...used, moment.track.id]);
    const wasMoved = now(moment).startMs !== moment.startMs;
    const listened = moments.filter(({ track }) => played.current.has(track.id));
    void sendFeedback([
      ...listened.map((one) => eventOf('played', one, props)),
      eventOf(wasMoved ? 'edited' : 'used', now(moment), props),
    ]);
  }

  const { music, isLoading, isPlaying } = player.state();
  const most = Math.max(...moments.map(({ relevance }) => relevance));
  const least = Math.min(...moments.map(({ relevance }) => relevance));
  const share = (relevance: number): number =>
    most > least ? 0.15 + (0.85 * (relevance - least)) / (most - least) : 1;
  return (
    <section id="result" class="result" aria-labelledby="heading">
      <div class="over">
        <h2 id="heading" tabIndex={-1} ref={heading}>
          {inTrack ? 'The place in this track' : 'Moments that suit it'}
        </h2>
        {moments.length > 0 && <Grains grain={grain} onChange={setGrain} />}
      </div>
      {(inTrack || props.excluded > 0) && (
        <div class="chosen">
          {inTrack && (
            <button type="button" onClick={props.onAll}>
              Back to the whole library
            </button>
          )}
          {props.excluded > 0 && (
            <button type="button" onClick={props.onRefuseNone}>
              Bring back {props.excluded} sent away
            </button>
          )}
        </div>
      )}
      {moments.length === 0 && (
        <div class="empty">
          <p>No track of this library passes these filters.</p>
          {props.onNoFilters && (
            <button type="button" class="main" onClick={props.onNoFilters}>
              Take all filters away
            </button>
          )}
        </div>
      )}
      <ol id="moments">
        {moments.map((moment) => {
          const { id } = moment.track;
          const isThis = music?.name === id;
          return (
            <Card
              key={id}
              answered={moment}
              moment={now(moment)}
              whole={tracks[id] ?? undefined}
              beats={beatsOf(moment)}
              grain={grain}
              clip={clip}
              clipMs={clipMs}
              share={share(moment.relevance)}
              state={isThis && isLoading ? 'loading' : isThis && isPlaying ? 'playing' : 'idle'}
              music={musicOf(now(moment))}
              levels={player.levels}
              isUsed={used.includes(id)}
              onPlay={() => (isThis && isPlaying ? player.pause() : play(now(moment)))}
              onMove={(startMs) => {
                setStarts({ ...starts, [id]: startMs });
                setUsed(used.filter((one) => one !== id));
                play(now(moment, startMs));
              }}
              onUse={() => use(moment)}
              onFindPlace={inTrack ? undefined : () => props.onFindPlace(id)}
              onRefuse={() => props.onRefuse(id)}
              onFailed={onFailed}
            />
          );
        })}
      </ol>
    </section>
  );
}

const NO_BEATS: Beats = { beatsMs: [], downbeatsMs: [] };

/** Of the track's beats those from a time on, counted from there. */
function from(startMs: number, { beatsMs, downbeatsMs }: Beats): Moment['beats'] {
  const after = (list: readonly number[]): number[] => list.filter((ms) => ms >= startMs).map((ms) => ms - startMs);
  return { beatsMs: after(beatsMs), downbeatsMs: after(downbeatsMs) };
}

/** The moment's own beats, in the track's time. */
function withinTrack({ startMs, beats }: Moment): Beats {
  const moved = (list: readonly number[]): number[] => list.map((ms) => ms + startMs);
  return { beatsMs: moved(beats.beatsMs), downbeatsMs: moved(beats.downbeatsMs) };
}

function eventOf(
  event: 'played' | 'used' | 'edited',
  { track, rank, startMs, endMs }: Moment,
  { answered: { answer, requestId }, clip }: MomentsProps,
): FeedbackEvent {
  return {
    event,
    requestId,
    clipId: `page-${requestId}-${clip.file.size}`,
    clipMs: answer.clip.durationMs,
    trackId: track.id,
    startMs,
    endMs: Math.min(track.durationMs, endMs),
    trackMs: track.durationMs,
    rank,
    indexVersion: answer.indexVersion,
    modelVersion: answer.modelVersion,
  };
}
