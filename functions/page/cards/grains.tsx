/** By what a moment is moved, for fingers; on a keyboard Shift and Alt say it. */
import type { Grain } from './snap.ts';

const NAMES: Readonly<Record<Grain, string>> = { bar: 'Bars', beat: 'Beats', free: 'Freely' };

export function Grains({ grain, onChange }: { grain: Grain; onChange: (grain: Grain) => void }) {
  return (
    <fieldset class="grains" title="Drag the marked part, or press arrow keys on it. Shift: by beats, Alt: freely.">
      <legend>Move by</legend>
      {(Object.keys(NAMES) as Grain[]).map((one) => (
        <label key={one}>
          <input type="radio" name="grain" checked={one === grain} onChange={() => onChange(one)} />
          <span>{NAMES[one]}</span>
        </label>
      ))}
    </fieldset>
  );
}
