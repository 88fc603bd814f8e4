/** The clip as it plays: its picture and its time, how loud clip and music are, and what of the clip the music is to follow. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { View } from '../address.ts';
import { PlayIcon } from '../cards/play-icon.tsx';
import { seconds } from '../times.ts';
import type { Player } from './player.ts';
import { type InClip, isOnBeat, Timeline } from './timeline.tsx';

export interface StageProps {
  src: string;
  /** 0 while the clip is being read. */
  clipMs: number;
  player: Player;
  view: View;
  found: InClip;
  onChange: (change: Partial<View>) => void;
  onFailed: (reason: unknown) => void;
}

export function Stage({ src, clipMs, player, view, found, onChange, onFailed }: StageProps) {
  const video = useRef<HTMLVideoElement>(null);
  const [isShown, setShown] = useState(true);
  useEffect(() => {
    if (clipMs > 0) player.show(video.current!, clipMs);
  }, [src, clipMs]);
  useEffect(() => setShown(true), [src]);

  const { isPlaying, isLoading, music } = player.state();
  const beats = music?.beats ?? [];
  const inClip = { cutsMs: view.cuts ? found.cutsMs : undefined, speechMs: view.duck ? found.speechMs : undefined };
  const toggle = (): void => {
    if (isPlaying) player.pause();
    else player.play().catch(onFailed);
  };
  return (
    <section class="stage" aria-label="Your clip">
      <div class="screen">
        {/* biome-ignore lint/a11y/useMediaCaption: it is the person's own clip, and there are none */}
        <video
          ref={video}
          src={src}
          playsInline
          preload="auto"
          hidden={!isShown}
          onClick={toggle}
          onError={() => setShown(false)}
        />
        {!isShown && <p class="no-picture">This browser does not show this file.</p>}
        <div class="transport">
          <button
            type="button"
            class="play"
            aria-label={isPlaying ? 'Stop the clip' : 'Play the clip'}
            disabled={clipMs === 0 || !isShown}
            onClick={toggle}
          >
            <PlayIcon state={isLoading ? 'loading' : isPlaying ? 'playing' : 'idle'} />
          </button>
          <Timeline
            video={video}
            clipMs={clipMs}
            isPlaying={isPlaying}
            beats={beats}
            inClip={inClip}
            hitAtMs={view.hitAtMs}
            onSeek={(sec) => player.seek(sec)}
            onHit={(hitAtMs) => onChange({ hitAtMs })}
          />
        </div>
      </div>
      {clipMs > 0 && (
        <>
          <p class="note hint">
            {view.hitAtMs === undefined ? (
              'Click the beats to put the strongest there.'
            ) : (
              <>
                Strongest beat at {seconds(view.hitAtMs)}.{' '}
                <button type="button" class="plain" onClick={() => onChange({ hitAtMs: undefined })}>
                  Anywhere again
                </button>
              </>
            )}
          </p>
          <Levels player={player} />
          <div class="follow">
            <Switch
              name="Cuts on beats"
              isOn={view.cuts}
              said={cutsSaid(inClip.cutsMs, beats)}
              onChange={(cuts) => onChange({ cuts })}
            />
            <Switch
              name="Music down under speech"
              isOn={view.duck}
              said={speechSaid(inClip.speechMs)}
              onChange={(duck) => onChange({ duck })}
            />
          </div>
        </>
      )}
    </section>
  );
}

function Levels({ player }: { player: Player }) {
  const [levels, setLevels] = useState({ clip: 0.5, music: 1 });
  useEffect(() => player.setLevels(levels), [levels]);
  return (
    <div class="levels">
      {(['clip', 'music'] as const).map((name) => (
        <label key={name}>
          {name === 'clip' ? 'Clip’s sound' : 'Music'}
          <input
            type="range"
            min="0"
            max="1"
            step="0.01"
            value={levels[name]}
            aria-valuetext={`${Math.round(100 * levels[name])} %`}
            onInput={(event) => setLevels({ ...levels, [name]: Number(event.currentTarget.value) })}
          />
        </label>
      ))}
    </div>
  );
}

interface SwitchProps {
  name: string;
  isOn: boolean;
  /** What came of it. */
  said?: string;
  onChange: (isOn: boolean) => void;
}

function Switch({ name, isOn, said, onChange }: SwitchProps) {
  return (
    <label class="switch">
      <input
        type="checkbox"
        role="switch"
        aria-checked={isOn}
        checked={isOn}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <span>
        {name}
        {isOn && said && <span class="said">{said}</span>}
      </span>
    </label>
  );
}

function cutsSaid(cutsMs: InClip['cutsMs'], beats: Parameters<typeof isOnBeat>[1]): string | undefined {
  if (!cutsMs) return undefined;
  if (cutsMs.length === 0) return 'no cuts in this clip';
  const all = cutsMs.length === 1 ? 'one cut' : `${cutsMs.length} cuts`;
  return beats.length === 0 ? all : `${all}, ${cutsMs.filter((ms) => isOnBeat(ms, beats)).length} on beats`;
}

function speechSaid(speechMs: InClip['speechMs']): string | undefined {
  if (!speechMs) return undefined;
  if (speechMs.length === 0) return 'nobody speaks in this clip';
  return `${seconds(speechMs.reduce((sum, [from, to]) => sum + to - from, 0))} of speech`;
}
