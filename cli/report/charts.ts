import type { EChartsCoreOption } from "echarts/core";
import { loadOptional } from "./database.ts";
import { weekdays } from "./figures.ts";

/** Draws a chart as SVG, with the colours of the page's variables: light, dark and print need no second drawing. */
export type Draw = (name: string, height: number, option: EChartsCoreOption, width: number) => string;

export const openCharts = async (): Promise<Draw> => {
  const [{ init, use }, { BarChart, HeatmapChart }, components, { SVGRenderer }] = await loadOptional(
    "echarts",
    () =>
      Promise.all([
        import("echarts/core"),
        import("echarts/charts"),
        import("echarts/components"),
        import("echarts/renderers"),
      ]),
  );
  const { GridComponent, LegendComponent, VisualMapComponent } = components;
  use([BarChart, HeatmapChart, GridComponent, LegendComponent, VisualMapComponent, SVGRenderer]);
  return (name, height, option, width) => {
    const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
    try {
      chart.setOption({ animation: false, textStyle: { fontFamily: "inherit" }, ...option });
      return plainSvg(chart.renderToSVGString(), name);
    } finally {
      chart.dispose();
    }
  };
};

/** Without what a script in a browser would use, and with a name for people who hear the page. */
const plainSvg = (svg: string, name: string): string =>
  svg
    .replace(/<style[\s\S]*?<\/style>/g, "")
    .replace(/ (?:class|ecmeta_\w+|pointer-events)="[^"]*"/g, "")
    .replace("<svg ", `<svg role="img" aria-label="${name}" `);

const ink = "var(--soft)";
const line = { lineStyle: { color: "var(--line)" } };
const label = { color: ink, fontSize: 12 };
const legend = { top: 0, right: 0, itemWidth: 12, itemHeight: 12, textStyle: label };
const categories = (data: readonly string[]) => ({
  type: "category",
  data: [...data],
  axisLabel: label,
  axisLine: line,
  axisTick: { show: false },
});
const values = (format?: (value: number) => string) => ({
  type: "value",
  minInterval: 1,
  splitLine: line,
  axisLabel: { ...label, hideOverlap: true, ...(format && { formatter: format }) },
});
const bars = (name: string, data: readonly number[], color: string, stack?: string) => ({
  type: "bar",
  name,
  data: [...data],
  itemStyle: { color },
  barMaxWidth: 28,
  ...(stack !== undefined && { stack }),
});

/** Steps of the heat maps; the page has a colour for each. */
const heatSteps = 5;

/** Weekdays and hours; on a narrow page the hours go down. */
export const heatMap = (week: readonly (readonly number[])[], narrow: boolean): EChartsCoreOption => {
  const most = Math.max(1, ...week.flat());
  const hours = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, "0"));
  const days = narrow ? weekdays : weekdays.toReversed();
  const data = week.flatMap((counts, day) =>
    counts.map((count, hour) => (narrow ? [day, 23 - hour, count] : [hour, 6 - day, count])),
  );
  return {
    grid: { left: 40, right: 8, top: narrow ? 24 : 8, bottom: narrow ? 8 : 24 },
    xAxis: { ...categories(narrow ? days : hours), position: narrow ? "top" : "bottom" },
    yAxis: categories(narrow ? hours.toReversed() : days),
    visualMap: {
      show: false,
      type: "piecewise",
      dimension: 2,
      pieces: [
        { value: 0, color: "var(--heat0)" },
        ...Array.from({ length: heatSteps }, (_, step) => ({
          gt: (most * step) / heatSteps,
          lte: (most * (step + 1)) / heatSteps,
          color: `var(--heat${step + 1})`,
        })),
      ],
    },
    series: [
      {
        type: "heatmap",
        data,
        itemStyle: { borderColor: "var(--page)", borderWidth: 2 },
        label: {
          show: true,
          fontSize: 10,
          color: "var(--on-heat)",
          formatter: ({ value }: { value: readonly number[] }) => (value[2] === 0 ? "" : String(value[2])),
        },
      },
    ],
  };
};

/** Calls of each day, the missed ones on top. */
export const dayBars = (
  days: readonly string[],
  others: readonly number[],
  missed: readonly number[],
): EChartsCoreOption => ({
  legend,
  grid: { left: 44, right: 8, top: 30, bottom: 24 },
  xAxis: categories(days.map((day) => day.slice(5))),
  yAxis: values(),
  series: [
    bars("other calls", others, "var(--calls)", "calls"),
    bars("missed", missed, "var(--missed)", "calls"),
  ],
});

/** Median and 90th percentile of each queue. */
export const waitBars = (
  queues: readonly string[],
  median: readonly number[],
  p90: readonly number[],
): EChartsCoreOption => ({
  legend,
  grid: { left: 110, right: 24, top: 30, bottom: 24 },
  xAxis: values((seconds) => `${seconds} s`),
  yAxis: { ...sideways(queues), inverse: true },
  series: [bars("median", median, "var(--calls)"), bars("90 % of callers", p90, "var(--second)")],
});

/** Talk time of each agent. */
export const talkBars = (agents: readonly string[], seconds: readonly number[]): EChartsCoreOption => ({
  grid: { left: 110, right: 24, top: 8, bottom: 24 },
  xAxis: { ...values((hours) => `${hours} h`), minInterval: 0 },
  yAxis: { ...sideways(agents), inverse: true },
  series: [
    bars(
      "talk time",
      seconds.map((each) => each / 3600),
      "var(--calls)",
    ),
  ],
});

const sideways = (names: readonly string[]) => ({
  ...categories(names),
  axisLabel: { ...label, width: 100, overflow: "truncate" },
});
