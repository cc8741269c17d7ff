import { useEffect, useState } from "react";
import { sizeText } from "../../format.ts";

interface Props {
  readonly file: File | null;
  readonly onFile: (file: File) => void;
}

/** A file by choice, or dropped anywhere on the page. */
export function DropZone({ file, onFile }: Props) {
  const [over, setOver] = useState(false);
  const [note, setNote] = useState<string | null>(null);
  function take(files: FileList | null): void {
    const [first, ...more] = files ?? [];
    setNote(more.length > 0 ? "Нужен один файл; несколько сложите в zip" : null);
    if (first !== undefined && more.length === 0) onFile(first);
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: the last render's `take` is as good
  useEffect(() => {
    // Without this a file dropped beside the field would be opened by the browser in our place.
    const onDrag = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      setOver(true);
    };
    const onLeave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const onDrop = (event: DragEvent) => {
      event.preventDefault();
      setOver(false);
      take(event.dataTransfer?.files ?? null);
    };
    window.addEventListener("dragover", onDrag);
    window.addEventListener("dragleave", onLeave);
    window.addEventListener("drop", onDrop);
    return () => {
      window.removeEventListener("dragover", onDrag);
      window.removeEventListener("dragleave", onLeave);
      window.removeEventListener("drop", onDrop);
    };
  }, [onFile]);
  return (
    <label className={over ? "drop over" : "drop"}>
      <input
        type="file"
        aria-label="Файл"
        // biome-ignore lint/a11y/noAutofocus: the page is for one thing
        autoFocus
        onChange={(event) => {
          take(event.currentTarget.files);
          // The same file, mended, may be chosen again.
          event.currentTarget.value = "";
        }}
      />
      {file === null ? (
        <b>Перетащите файл сюда или выберите</b>
      ) : (
        <span>
          <b>{file.name}</b> <span className="muted">{sizeText(file.size)}</span>
        </span>
      )}
      {file !== null && <span className="link">Другой файл</span>}
      {note !== null && (
        <span className="refusal" role="alert">
          {note}
        </span>
      )}
    </label>
  );
}
