import { createTheme } from "@mantine/core";

/** Fonts of the machine: nothing is loaded from anywhere. */
export const theme = createTheme({
  fontFamily: '"Segoe UI", "PT Sans", "DejaVu Sans", system-ui, sans-serif',
  fontFamilyMonospace: '"Consolas", "PT Mono", "DejaVu Sans Mono", ui-monospace, monospace',
  primaryColor: "blue",
  primaryShade: 8,
  defaultRadius: "sm",
  cursorType: "pointer",
});

/** Colours of the zones of a day: day warm, night cold; the same in charts and tables. */
export const ZONE_COLOURS = {
  T0: "#2f6db5",
  T1: "#d9822b",
  T3: "#8a9a3a",
  T2: "#3d5a9e",
} as const;

/** The same for what is measured and not billed. */
export const ZONE_TINTS = {
  T0: "#bcd3ec",
  T1: "#f3d3b0",
  T3: "#d5dcab",
  T2: "#bcc7e3",
} as const;
