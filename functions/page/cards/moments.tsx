/** The answer as cards: one plays, some may have been moved, and what was used is told to the service. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Moment } from '../player/music-plan.ts';
import type { Player } from '../player/player.ts';
import { type Answered, type FeedbackEvent, sendFeedback } from '../service.ts';
import { Card } from './card.tsx';

export interface MomentsProps {
  answered: Answered;
  clipName: string;
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
}

export function Moments(props: MomentsProps) {
  const { answered, player, inTrack, onFailed } = props;
  const { moments } = answered.answer;
  const [starts, setStarts] = useState<Readonly<Record<string, number>>>({});
  const [used, setUsed] = useState<readonly string[]>([]);
  const played = useRef(new Set<string>());
  const heading = useRef<HTMLHeadingElement>(null);
  const startOf = (moment: Moment): number => starts[moment.track.id] ?? moment.startMs;

  function play(moment: Moment, startMs = startOf(moment)): void {
    const { track, endMs, loop, fade, gainDb } = moment;
    if (track.previewUrl === null) return;
    played.current.add(track.id);
    const movedMs = startMs - moment.startMs;
    player
      .play({
        url: track.previewUrl,
        name: track.id,
        startMs,
        endMs: endMs + movedMs,
        loop: loop && { ...loop, lastEndMs: loop.lastEndMs + movedMs },
        fade,
        gainDb,
      })
      .catch(onFailed);
  }

  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
    // A page may sound once its person has pressed something.
    if (moments.length > 0 && navigator.userActivation?.hasBeenActive !== false) play(moments[0]);
  }, []);

  function use(moment: Moment): void {
    if (used.includes(moment.track.id)) return;
    setUsed([...used, moment.track.id]);
    const wasMoved = startOf(moment) !== moment.startMs;
    const listened = moments.filter(({ track }) => played.current.has(track.id));
    void sendFeedback([
      ...listened.map((one) => eventOf('played', one, one.startMs, props)),
      eventOf(wasMoved ? 'edited' : 'used', moment, startOf(moment), props),
    ]);
  }

  const state = player.state();
  const most = Math.max(...moments.map(({ relevance }) => relevance));
  const least = Math.min(...moments.map(({ relevance }) => relevance));
  const share = (relevance: number): number =>
    most > least ? 0.15 + (0.85 * (relevance - least)) / (most - least) : 1;
  return (
    <section id="result" class="result" aria-labelledby="heading">
      <h2 id="heading" tabIndex={-1} ref={heading}>
        {inTrack ? 'The place in this track' : 'Moments'}
      </h2>
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
      <p class="note keys">
        Drag the marked part to move it by bars; with Shift by beats, with Alt freely. Arrow keys do the same.
      </p>
      <ol id="moments">
        {moments.map((moment) => {
          const isThis = state.name === moment.track.id;
          return (
            <Card
              key={moment.track.id}
              moment={moment}
              startMs={startOf(moment)}
              share={share(moment.relevance)}
              state={isThis && state.isLoading ? 'loading' : isThis && state.isPlaying ? 'playing' : 'idle'}
              isUsed={used.includes(moment.track.id)}
              positionMs={() => positionIn(moment, startOf(moment))}
              onPlay={() => (isThis && state.isPlaying ? player.pause() : play(moment))}
              onMove={(startMs) => {
                setStarts({ ...starts, [moment.track.id]: startMs });
                setUsed(used.filter((id) => id !== moment.track.id));
                play(moment, startMs);
              }}
              onUse={() => use(moment)}
              onFindPlace={inTrack ? undefined : () => props.onFindPlace(moment.track.id)}
              onRefuse={() => props.onRefuse(moment.track.id)}
            />
          );
        })}
      </ol>
    </section>
  );
}

/** Of the track, by where the clip is. */
function positionIn({ startMs, endMs }: Moment, movedMs: number): number | undefined {
  const video = document.querySelector<HTMLVideoElement>('.stage video');
  if (!video || video.paused) return undefined;
  return movedMs + ((video.currentTime * 1000) % Math.max(1, endMs - startMs));
}

function eventOf(
  event: 'played' | 'used' | 'edited',
  { track, rank, startMs, endMs }: Moment,
  atMs: number,
  { answered: { answer, requestId }, clipName }: MomentsProps,
): FeedbackEvent {
  return {
    event,
    requestId,
    clipId: `page-${requestId}-${clipName.length}`,
    clipMs: answer.clip.durationMs,
    trackId: track.id,
    startMs: atMs,
    endMs: Math.min(track.durationMs, atMs + endMs - startMs),
    trackMs: track.durationMs,
    rank,
    indexVersion: answer.indexVersion,
    modelVersion: answer.modelVersion,
  };
}
