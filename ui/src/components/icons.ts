/** The icons, as paths in a square of 24 units, drawn for this program. */

export const ICONS = {
  home: "M4 11.2 12 4.5l8 6.7M6.5 9.5V19h11V9.5M10 19v-5h4v5",
  data: "M4 5.5h16v13H4zM4 10h16M4 14.3h16M9.5 5.5v13",
  train: "M4 18.5h16M5.5 15l4-4.5 3.5 3 5.5-7.5M14.5 6h4v4",
  evaluate: "M5 19V9.5h3.5V19M10.3 19V5h3.5v14M15.6 19v-6.5h3.5V19M3.5 19h17",
  classify: "M4 12.2V5h7.2l8.3 8.3-7.2 7.2zM8 8.9v.1",
  models: "M12 4 4.5 7.8 12 11.6l7.5-3.8zM4.5 12 12 15.8 19.5 12M4.5 16.2 12 20l7.5-3.8",
  settings: "M4 7.5h9M17 7.5h3M4 16.5h3M11 16.5h9M15 5.3v4.4M9 14.3v4.4",
  file: "M6.5 4h7l4 4v12h-11zM13.5 4v4h4",
  drop: "M12 4v10M8 10.5l4 4 4-4M4.5 15.5V20h15v-4.5",
  check: "M5 12.5 10 17.5 19.5 7",
  warning: "M12 4.5 21 19.5H3zM12 10v4.5M12 17v.1",
  cross: "M6 6l12 12M18 6 6 18",
  info: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17M12 11v5.5M12 7.8v.1",
  pause: "M8.5 5.5v13M15.5 5.5v13",
  play: "M8 5.5 18.5 12 8 18.5z",
  stop: "M6.5 6.5h11v11h-11z",
  search: "M10.5 4.5a6 6 0 1 0 0 12 6 6 0 0 0 0-12M15 15l5 5",
  undo: "M9 6 4.5 10.5 9 15M5 10.5h9a5 5 0 0 1 0 10h-3",
  trash: "M4.5 7h15M9.5 7V4.5h5V7M6.5 7l1 13h9l1-13M10.5 10.5v6M13.5 10.5v6",
  pencil: "M4.5 19.5l1-4L16 5l3 3L8.5 18.5zM13.5 7.5l3 3",
  folder: "M3.5 6h6l2 2.5h9V19h-17z",
  download: "M12 4v11M7.5 11 12 15.5 16.5 11M5 19.5h14",
  right: "M9 5.5 15.5 12 9 18.5",
  down: "M5.5 9 12 15.5 18.5 9",
  star: "M12 4l2.4 5.2 5.6.7-4.1 3.9 1.1 5.6-5-2.8-5 2.8 1.1-5.6L4 9.9l5.6-.7z",
  shield: "M12 3.5 5 6v6c0 4.3 3 7.2 7 8.5 4-1.3 7-4.2 7-8.5V6zM9 12l2.3 2.3L15.3 10",
  clock: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17M12 7.5V12l3 2",
  processor: "M7 7h10v10H7zM10 3.5V7M14 3.5V7M10 17v3.5M14 17v3.5M3.5 10H7M3.5 14H7M17 10h3.5M17 14h3.5",
  keyboard: "M3 7h18v10H3zM6.5 10.3v.1M10.2 10.3v.1M13.9 10.3v.1M17.5 10.3v.1M8 13.8h8",
  person: "M12 4.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7M5 20c.5-4 3.3-6 7-6s6.5 2 7 6",
  copy: "M8.5 8.5h11v11h-11zM15.5 8.5v-4h-11v11h4",
} as const;

/** The name of one. */
export type IconName = keyof typeof ICONS;
