# Cohen's kappa with its large-sample variance from psych; writes agreement.json.
# psych 2.2.9 mixes up the margins in its variance of weighted kappa (it is 0 for two of these tables),
# so that figure is stored but not compared; the tests use statsmodels and the jackknife for it.
# Rscript tests/reference/measures/agreement.R tests/reference/measures
suppressPackageStartupMessages({library(jsonlite); library(psych)})
folder <- commandArgs(trailingOnly = TRUE)[1]
tables <- list(
  binary = matrix(c(40, 9, 6, 45), 2, byrow = TRUE),
  skewed = matrix(c(118, 5, 2, 0), 2, byrow = TRUE),
  nominal = matrix(c(13, 0, 0, 0, 20, 7, 0, 4, 56), 3, byrow = TRUE),
  ordered = matrix(c(22, 2, 2, 0, 5, 7, 14, 0, 0, 2, 36, 0, 0, 1, 17, 10), 4, byrow = TRUE)
)
one <- function(x, power) {
  q <- nrow(x)
  w <- 1 - (abs(outer(seq_len(q), seq_len(q), "-")) / (q - 1))^power
  found <- cohen.kappa(x, w = w)
  list(kappa = found$kappa, se = sqrt(found$var.kappa), weighted = found$weighted.kappa,
       weighted_se = sqrt(found$var.weighted))
}
result <- lapply(tables, function(x) list(table = x, linear = one(x, 1), quadratic = one(x, 2)))
write_json(list(r = R.version.string, psych = as.character(packageVersion("psych")), tables = result),
           file.path(folder, "agreement.json"), auto_unbox = TRUE, digits = 15, pretty = TRUE)
