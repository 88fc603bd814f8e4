/** What one gets here, drawn: a clip's pictures, and below them the part of a track that goes with it. */
const BARS = 76;
/** Where the clip lies on the track, in bars of the drawing. */
const [FROM, TO] = [39, 65];

export function Welcome() {
  return (
    <svg class="drawing" viewBox="0 0 456 300" aria-hidden="true">
      {Array.from({ length: 5 }, (_, i) => (
        <g key={i} transform={`translate(${234 + i * 31.4} 36)`}>
          <rect class={`frame f${i}`} width="30" height="54" rx="4" />
          <circle class="sun" cx={6 + 4.5 * i} cy={34 - 6 * i + i * i} r="5" />
          <path class="hill" d="M0 48 q8 -13 16 -4 t14 -6 v12 a4 4 0 0 1 -4 4 h-22 a4 4 0 0 1 -4 -4 z" />
        </g>
      ))}
      <path class="fall" d={`M234 96 L${FROM * 6} 142 H${TO * 6} L390 96 Z`} />
      <rect class="span" x={FROM * 6 - 2} y="142" width={(TO - FROM) * 6 + 2} height="112" rx="8" />
      {Array.from({ length: BARS }, (_, i) => (
        <rect
          key={i}
          class={i >= FROM && i < TO ? 'bar in' : 'bar'}
          x={i * 6}
          y={198 - loudnessAt(i)}
          width="3"
          height={2 * loudnessAt(i)}
          rx="1.5"
        />
      ))}
      <path
        class="beats"
        d={Array.from({ length: 19 }, (_, i) => `M${i * 24 + 1} 266 v${i % 4 === 3 ? 12 : 6}`).join(' ')}
      />
    </svg>
  );
}

/** A track that begins quietly, has a chorus under the clip, and ends. */
function loudnessAt(bar: number): number {
  const part = bar < 14 ? 10 : bar < FROM ? 24 : bar < TO ? 44 : 16;
  const ripple = 0.62 + 0.28 * Math.sin(bar * 1.7) + 0.1 * Math.sin(bar * 5.3);
  return Math.max(2, part * ripple);
}
