/** The height of a chart with its axes in pixels. It is reserved while the chart loads. */
export const CHART_HEIGHT = 168
/** The grid of the charts and of their placeholders. */
export const CHART_GRID = 'grid gap-x-6 gap-y-5 @3xl:grid-cols-2'
