/** What is going on: a sentence, how far it is, and a way out of it. */
export interface Work {
  text: string;
  /** 0 to 1; undefined where nobody knows. */
  share?: number;
  stop: () => void;
}

export function Working({ work, status }: { work?: Work; status: string }) {
  return (
    <>
      <p id="status" role="status">
        {work?.text ?? status}
      </p>
      {work && (
        <div id="working">
          <progress max="1" value={work.share} aria-labelledby="status" />
          <button type="button" onClick={work.stop}>
            Cancel
          </button>
        </div>
      )}
    </>
  );
}
