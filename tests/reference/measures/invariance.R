# Configural, metric, scalar and partial scalar invariance across groups. lavaan.
# Rscript tests/reference/measures/invariance.R tests/reference/measures
suppressPackageStartupMessages({library(jsonlite); library(lavaan)})
folder <- commandArgs(trailingOnly = TRUE)[1]
source(file.path(folder, "polish.R"))
hs <- read.csv(file.path(folder, "data", "holzinger_swineford.csv"))
bfi <- na.omit(read.csv(file.path(folder, "data", "bfi.csv")))
bfi$A1 <- 7 - bfi$A1
bfi$group <- c("a", "b", "c")[1 + seq_len(nrow(bfi)) %% 3]
hs_model <- "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
cases <- list(
  schools = list(d = hs, group = "school", text = hs_model, partial = c()),
  schools_partial = list(d = hs, group = "school", text = hs_model, partial = c("visual=~x2", "x3~1", "x7~1")),
  three_groups = list(d = bfi, group = "group", partial = c(),
                      text = "agree =~ A1 + A2 + A3 + A4 + A5\nneurotic =~ N1 + N2 + N3 + N4 + N5\nN1 ~~ N2"))
one <- function(case, estimator) {
  labels <- sort(unique(as.character(case$d[[case$group]])))
  fit <- function(equal) polished(cfa, case$text, case$d, group = case$group, group.label = labels, group.equal = equal,
                             group.partial = case$partial, std.lv = TRUE, estimator = estimator)
  fits <- list(configural = fit(""), metric = fit("loadings"), scalar = fit(c("loadings", "intercepts")))
  robust <- estimator == "MLM"
  row <- function(f) {
    m <- fitMeasures(f); s <- function(x, y = "robust") unname(m[if (robust) paste0(x, ".", y) else x])
    c(chi2 = s("chisq", "scaled"), df = unname(m["df"]), cfi = s("cfi"), tli = s("tli"), rmsea = s("rmsea"),
      srmr = unname(m["srmr_bentler"]))
  }
  test <- lavTestLRT(fits$configural, fits$metric, fits$scalar)
  means <- subset(parameterEstimates(fits$scalar), op == "~1" & group > 1 & lhs %in% lavNames(fits$scalar, "lv"))
  list(frame = as.data.frame(do.call(rbind, lapply(fits, row)), row.names = 1:3), delta_chi2 = test[["Chisq diff"]][-1],
       delta_df = test[["Df diff"]][-1], delta_p = test[["Pr(>Chisq)"]][-1], means = means$est, means_se = means$se)
}
write_json(list(r = R.version.string, packages = list(lavaan = as.character(packageVersion("lavaan"))),
                ML = lapply(cases, one, "ML"), MLM = lapply(cases, one, "MLM")),
           file.path(folder, "invariance.json"), auto_unbox = TRUE, digits = 15, pretty = TRUE, dataframe = "columns")
