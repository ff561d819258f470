# Kendall's tau and Welch's t on data sets that ship with R; writes rank_and_means.json.
# Rscript tests/reference/models/rank_and_means.R tests/reference/models/rank_and_means.json
library(jsonlite)
out <- commandArgs(trailingOnly = TRUE)[1]
tau <- function(x, y, exact) {
  found <- suppressWarnings(cor.test(x, y, method = "kendall", exact = exact, continuity = FALSE))
  list(x = x, y = y, tau = unname(found$estimate), p = found$p.value)
}
welch <- function(a, b) {
  found <- t.test(a, b)
  list(a = a, b = b, difference = mean(a) - mean(b), se = found$stderr, p = found$p.value,
       low = found$conf.int[1], high = found$conf.int[2])
}
result <- list(
  r = R.version.string,
  kendall = list(
    lakehuron = tau(1:20, as.numeric(LakeHuron)[1:20] + (1:20) * 1e-6, TRUE),
    longley = tau(longley$Year, longley$Unemployed, TRUE),
    cars_ties = tau(cars$speed, cars$dist, FALSE)
  ),
  welch = list(
    sleep = welch(sleep$extra[sleep$group == 1], sleep$extra[sleep$group == 2]),
    mtcars = welch(mtcars$mpg[mtcars$am == 1], mtcars$mpg[mtcars$am == 0])
  )
)
write_json(result, out, auto_unbox = TRUE, digits = 15, pretty = TRUE)
