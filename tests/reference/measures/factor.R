# Confirmatory factor models: fit, loadings, errors, composites; plain, MLM and clustered. lavaan.
# Rscript tests/reference/measures/factor.R tests/reference/measures
suppressPackageStartupMessages({library(jsonlite); library(lavaan)})
folder <- commandArgs(trailingOnly = TRUE)[1]
hs <- read.csv(file.path(folder, "data", "holzinger_swineford.csv"))
hs$cluster <- seq_len(nrow(hs)) %% 43
bfi <- na.omit(read.csv(file.path(folder, "data", "bfi.csv")))
turned <- c("A1", "C4", "C5", "E1", "E2", "O2", "O5")
bfi[turned] <- 7 - bfi[turned]
bfi$cluster <- seq_len(nrow(bfi)) %% 60
factors <- list(
  holzinger_swineford = list(visual = paste0("x", 1:3), textual = paste0("x", 4:6), speed = paste0("x", 7:9)),
  bfi = list(agree = paste0("A", 1:5), conscientious = paste0("C", 1:5), extravert = paste0("E", 1:5),
             neurotic = paste0("N", 1:5), open = paste0("O", 1:5)))
pairs <- list(holzinger_swineford = "x7 ~~ x8", bfi = "N1 ~~ N2\nA1 ~~ C4")
data <- list(holzinger_swineford = hs, bfi = bfi)
source(file.path(folder, "polish.R"))

indices <- function(fit, robust) {
  m <- fitMeasures(fit); of <- function(x) unname(m[x]); s <- function(x, y = "robust") of(if (robust) paste0(x, ".", y) else x)
  list(chi2 = s("chisq", "scaled"), df = of("df"), p = s("pvalue", "scaled"), cfi = s("cfi"), tli = s("tli"),
       rmsea = s("rmsea"), srmr = of("srmr_bentler_nomean"), baseline_chi2 = s("baseline.chisq", "scaled"),
       baseline_df = of("baseline.df"))
}
interval <- function(fit, robust) {
  m <- fitMeasures(fit)[c("rmsea.ci.lower", "rmsea.ci.upper")]
  if (robust) m <- fitMeasures(fit)[c("rmsea.ci.lower.robust", "rmsea.ci.upper.robust")]
  list(rmsea_low = unname(m[1]), rmsea_high = unname(m[2]))
}
estimates <- function(fit) {
  s <- standardizedSolution(fit); u <- parameterEstimates(fit); f <- lavNames(fit, "lv")
  load <- s$op == "=~"; cor <- s$op == "~~" & s$lhs %in% f & s$lhs != s$rhs
  list(standardised = s$est.std[load], standardised_se = s$se[load], loading = u$est[load], loading_se = u$se[load],
       correlation = s$est.std[cor], correlation_se = s$se[cor])
}
composites <- function(fit, spec, d) {
  # Theta is standardised by the items here; lavInspect(fit, "std") gives correlations of residuals.
  e <- lavInspect(fit, "std"); sd <- sqrt(diag(fitted(fit)$cov)); theta <- lavInspect(fit, "est")$theta / outer(sd, sd)
  one <- function(items) {
    l <- e$lambda[items, ]; l <- l[, colSums(abs(l)) > 0]
    c(sum(l)^2 / (sum(l)^2 + sum(theta[items, items])), mean(l^2))
  }
  found <- sapply(spec, one); R <- cor(d[unlist(spec)])
  mono <- sapply(spec, function(i) mean(R[i, i][lower.tri(R[i, i])]))
  both <- combn(names(spec), 2)
  list(reliability = unname(found[1, ]), ave = unname(found[2, ]),
       htmt = apply(both, 2, function(k) mean(R[spec[[k[1]]], spec[[k[2]]]]) / sqrt(mono[[k[1]]] * mono[[k[2]]])))
}
# Satorra and Bentler's scaling factor over cluster sums, written out: tr(U Gamma) / df.
clustered_scaling <- function(fit, d) {
  Delta <- lavInspect(fit, "delta"); S <- fitted(fit)$cov; items <- rownames(S)
  moment <- grep("~~", rownames(Delta)); Delta <- Delta[moment, ]
  x <- scale(as.matrix(d[items]), scale = FALSE); n <- nrow(x); low <- lower.tri(S, diag = TRUE)
  products <- t(apply(x, 1, function(row) tcrossprod(row)[low]))
  sums <- rowsum(sweep(products, 2, colMeans(products)), d$cluster); G <- nrow(sums)
  Gamma <- G / (G - 1) * crossprod(sums) / n
  D <- lavaan:::lav_matrix_duplication(nrow(S)); W <- solve(S)
  V <- 0.5 * t(D) %*% kronecker(W, W) %*% D
  U <- V - V %*% Delta %*% solve(t(Delta) %*% V %*% Delta) %*% t(Delta) %*% V
  sum(diag(U %*% Gamma)) / fitMeasures(fit, "df")[[1]]
}
all_of <- function(name) {
  spec <- factors[[name]]; d <- data[[name]]
  text <- paste(names(spec), "=~", sapply(spec, paste, collapse = " + "), collapse = "\n")
  fit <- function(text, ...) polished(cfa, text, d, std.lv = TRUE, ...)
  ml <- fit(text); mlm <- fit(text, estimator = "MLM"); paired <- fit(paste(text, pairs[[name]], sep = "\n"))
  cl <- suppressWarnings(fit(text, cluster = "cluster", information = "expected"))
  list(ML = c(indices(ml, FALSE), estimates(ml), composites(ml, spec, d)), ML_interval = interval(ml, FALSE),
       MLM = c(indices(mlm, TRUE), estimates(mlm), list(scaling = unname(fitMeasures(mlm, "chisq.scaling.factor")[[1]]))),
       MLM_interval = interval(mlm, TRUE),
       paired = c(indices(paired, FALSE), estimates(paired), composites(paired, spec, d)),
       cluster = c(estimates(cl), list(scaling = clustered_scaling(ml, d))))
}
names_of <- setNames(names(factors), names(factors))
write_json(list(r = R.version.string, packages = list(lavaan = as.character(packageVersion("lavaan"))),
                models = lapply(names_of, all_of)),
           file.path(folder, "factor.json"), auto_unbox = TRUE, digits = 15, pretty = TRUE)
