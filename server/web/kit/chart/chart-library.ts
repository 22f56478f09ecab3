import { BarChart } from 'echarts/charts'
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'

/** The parts of the chart library that are used; fetched by the one component that draws. */
use([BarChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer])
export { init }
