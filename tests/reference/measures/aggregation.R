# ICC by analysis of variance and by REML, rwg(j) and average deviation written out unit by unit. lme4.
# Rscript tests/reference/measures/aggregation.R tests/reference/measures
suppressPackageStartupMessages({library(jsonlite); library(lme4)})
folder <- commandArgs(trailingOnly = TRUE)[1]
RNGversion("4.2.0"); set.seed(20241118)
size <- c(rep(8, 20), 1, sample(2:15, 19, replace = TRUE))
unit <- rep(sprintf("u%02d", seq_along(size)), size)
level <- rnorm(length(size), 0, 0.5)[rep(seq_along(size), size)]
person <- rnorm(length(unit), 0, 0.6)
answer <- function(shift) pmin(pmax(round(3 + shift + level + person + rnorm(length(unit), 0, 0.7)), 1), 5)
d <- data.frame(unit, i1 = answer(0.2), i2 = answer(0.5), i3 = answer(-0.2), i4 = answer(0))
write.csv(d, file.path(folder, "data", "units.csv"), row.names = FALSE)

icc <- function(y, u) {
  a <- anova(aov(y ~ factor(u))); n <- table(u); G <- length(n)
  k <- (sum(n) - sum(n^2) / sum(n)) / (G - 1); f <- a[1, "F value"]; df <- a[, "Df"]
  limits <- f / qf(c(0.975, 0.025), df[1], df[2])
  list(icc1 = (f - 1) / (f + k - 1), icc1_ci = (limits - 1) / (limits + k - 1), icc2 = 1 - 1 / f,
       icc2_ci = 1 - 1 / limits, f = f, p = a[1, "Pr(>F)"], size = k)
}
score <- rowMeans(d[-1])
balanced <- d$unit %in% sprintf("u%02d", 1:20)
reml <- as.data.frame(VarCorr(lmer(score[balanced] ~ 1 + (1 | d$unit[balanced]),
                                   control = lmerControl(optCtrl = list(ftol_abs = 1e-16, xtol_abs = 1e-14)))))$vcov
slight <- sum(c(0.05, 0.15, 0.20, 0.35, 0.25) * (1:5)^2) - sum(c(0.05, 0.15, 0.20, 0.35, 0.25) * 1:5)^2
by_unit <- function(x) {
  J <- ncol(x); s2 <- mean(apply(x, 2, var))
  rwg <- function(null) max(J * (1 - s2 / null) / (J * (1 - s2 / null) + s2 / null), 0)
  c(rwg_uniform = rwg(2), rwg_slight_skew = rwg(slight), average_deviation = mean(apply(x, 2, function(v) mean(abs(v - mean(v))))))
}
parts <- split(d[-1], d$unit); parts <- parts[sapply(parts, nrow) > 1]
write_json(list(r = R.version.string, packages = list(lme4 = as.character(packageVersion("lme4"))), slight_skew = slight,
                unbalanced = icc(score, d$unit), balanced = icc(score[balanced], d$unit[balanced]),
                reml = reml[1] / sum(reml), units = names(parts), consensus = as.data.frame(do.call(rbind, unname(lapply(parts, by_unit))))),
           file.path(folder, "aggregation.json"), auto_unbox = TRUE, digits = 15, pretty = TRUE, dataframe = "columns")
