# Polychoric correlations by lavaan (exact to its optimiser) and psych (optimize() with its default tolerance, 1e-4).
# Rscript tests/reference/measures/polychoric.R tests/reference/measures
suppressPackageStartupMessages({library(jsonlite); library(psych); library(lavaan)})
folder <- commandArgs(trailingOnly = TRUE)[1]
RNGversion("4.2.0"); set.seed(20241117)

# Few rows, skewed answers, two to five categories: most tables have empty cells.
n <- 160
f <- rnorm(n)
sparse <- data.frame(two = cut(0.7 * f + 0.7 * rnorm(n), c(-Inf, 0.9, Inf), labels = FALSE),
                     three = cut(0.8 * f + 0.6 * rnorm(n), c(-Inf, -1.2, 1, Inf), labels = FALSE),
                     four = cut(-0.6 * f + 0.8 * rnorm(n), c(-Inf, -1.7, 0.5, 1.6, Inf), labels = FALSE),
                     five = cut(0.9 * f + 0.44 * rnorm(n), c(-Inf, -1.8, -1, 0, 1.8, Inf), labels = FALSE),
                     five_low = cut(0.3 * f + 0.95 * rnorm(n), c(-Inf, 0.5, 1, 1.5, 2, Inf), labels = FALSE))
write.csv(sparse, file.path(folder, "data", "ordinal_sparse.csv"), row.names = FALSE)

items <- read.csv(file.path(folder, "data", "bfi.csv"))[1:25]
tight <- list(rel.tol = 1e-15, x.tol = 1e-15)
lav <- function(x, output, ...) lavCor(as.data.frame(lapply(x, ordered)), ordered = names(x), se = "none", output = output,
                                       zero.add = c(0, 0), zero.keep.margins = FALSE, control = tight, ...)
below <- function(R) unname(unclass(R)[lower.tri(R)])
from_psych <- function(x) below(suppressWarnings(polychoric(x, correct = 0, smooth = FALSE)$rho))
complete <- na.omit(items)
version <- function(p) as.character(packageVersion(p))
write_json(list(
  r = R.version.string, packages = list(psych = version("psych"), lavaan = version("lavaan")),
  complete = list(lavaan = below(lav(complete, "cor")), psych = from_psych(complete),
                  thresholds = unname(matrix(unclass(lav(complete, "th")), ncol = 5, byrow = TRUE))),
  pairwise = list(lavaan = below(lav(items, "cor", missing = "pairwise")), psych = from_psych(items)),
  sparse = list(lavaan = below(lav(sparse, "cor")))
), file.path(folder, "polychoric.json"), auto_unbox = TRUE, digits = 15, pretty = TRUE)
