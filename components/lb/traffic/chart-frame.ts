/** The height of a chart's drawing with its axes, in pixels: reserved before it is there. */
export const CHART_HEIGHT = 168
/** Where charts stand, and before them what holds their place. */
export const CHART_GRID = 'grid gap-x-6 gap-y-5 @3xl:grid-cols-2'
